package installation

import (
	"crypto/x509"
	"encoding/pem"
)

// Certificates reads the bundle of the live configuration.
func (l *Live) Certificates() (c Certificates) {
	o := l.Options()
	switch {
	case o.CertManager:
		c.Source = "cert-manager"
	case o.CABundle != nil:
		c.Source = "given"
	default:
		c.Source = "self"
	}
	if len(l.Webhook.Webhooks) == 0 {
		return c
	}
	rest := l.Webhook.Webhooks[0].ClientConfig.CABundle
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return c
		}
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil && (c.Authority == nil || cert.NotAfter.After(*c.Authority)) {
			end := cert.NotAfter.UTC()
			c.Authority = &end
		}
	}
}
