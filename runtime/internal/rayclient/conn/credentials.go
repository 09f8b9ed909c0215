package conn

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// transportCredentials obeys RAY_USE_TLS and the variables that name certificates, as Ray does.
func transportCredentials() (credentials.TransportCredentials, error) {
	switch strings.ToLower(os.Getenv("RAY_USE_TLS")) {
	case "1", "true":
	default:
		return insecure.NewCredentials(), nil
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if file := os.Getenv("RAY_TLS_CA_CERT"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("RAY_TLS_CA_CERT: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("RAY_TLS_CA_CERT: %s holds no certificate in PEM form", file)
		}
	}
	cert, key := os.Getenv("RAY_TLS_SERVER_CERT"), os.Getenv("RAY_TLS_SERVER_KEY")
	if (cert == "") != (key == "") {
		return nil, fmt.Errorf("RAY_TLS_SERVER_CERT and RAY_TLS_SERVER_KEY go together; set both or none")
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("RAY_TLS_SERVER_CERT, RAY_TLS_SERVER_KEY: %w", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return credentials.NewTLS(cfg), nil
}
