package zmtp

import (
	"encoding/binary"
	"strings"
)

// appendProperty appends one metadata property.
func appendProperty(b []byte, name, value string) []byte {
	b = append(append(b, byte(len(name))), name...)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
}

func parseMeta(p []byte) (map[string]string, error) {
	m := map[string]string{}
	for len(p) > 0 {
		n := int(p[0])
		if n == 0 || len(p) < 1+n+4 {
			return nil, ErrProtocol
		}
		name := strings.ToLower(string(p[1 : 1+n]))
		p = p[1+n:]
		v := binary.BigEndian.Uint32(p)
		p = p[4:]
		if uint64(v) > uint64(len(p)) {
			return nil, ErrProtocol
		}
		m[name] = string(p[:v])
		p = p[v:]
	}
	return m, nil
}

// accepts lists the socket types that may connect to each of ours.
var accepts = map[string]string{
	"ROUTER": " DEALER REQ ROUTER ",
	"REP":    " DEALER REQ ",
	"PUB":    " SUB XSUB ",
	"XPUB":   " SUB XSUB ",
}

func compatible(ours, theirs string) bool {
	return theirs != "" && strings.Contains(accepts[ours], " "+theirs+" ")
}
