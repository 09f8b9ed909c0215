// Package rayauth finds the token with which a client authenticates at a Ray cluster, where Ray's own
// clients look for it: RAY_AUTH_TOKEN, the file that RAY_AUTH_TOKEN_PATH names, and, for this machine or with
// RAY_AUTH_MODE=token, ~/.ray/auth_token. RAY_AUTH_MODE=disabled sends none. The token is a secret: it
// is never part of a message; what messages may name is where it was found.
package rayauth
