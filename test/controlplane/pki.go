package controlplane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority is the control plane's own CA: it signs the server's certificate and those of users.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

// lifetime of every certificate: a test run ends long before.
const lifetime = 7 * 24 * time.Hour

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the test CA: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "kubectl-spark test CA"},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(lifetime),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert: cert, key: key, pem: encode("CERTIFICATE", der)}, err
}

// issue signs a certificate for a server (hosts given) or a client and returns it and its key as PEM.
func (a *authority) issue(subject pkix.Name, hosts ...string) (certPEM, keyPEM []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("key for %q: %w", subject.CommonName, err)
	}
	if certPEM, err = a.sign(key.Public(), subject, hosts...); err != nil {
		return nil, nil, err
	}
	keyPEM, err = encodeKey(key)
	return certPEM, keyPEM, err
}

func (a *authority) sign(key crypto.PublicKey, subject pkix.Name, hosts ...string) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: subject,
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, host := range hosts {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("certificate for %q: %w", subject.CommonName, err)
	}
	return encode("CERTIFICATE", der), nil
}

// ServerCertificate is a certificate that the API server's CA signed, and its RSA key as PKCS 1: some servers read no other.
func (c *ControlPlane) ServerCertificate(hosts ...string) (certPEM, keyPEM []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, err
	}
	certPEM, err = c.ca.sign(key.Public(), pkix.Name{CommonName: hosts[0]}, hosts...)
	return certPEM, encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), err
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // crypto/rand never fails on a supported platform
	}
	return n
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return encode("PRIVATE KEY", der), err
}

// frontProxy is the name by which servers of further APIs know the API server.
const frontProxy = "front-proxy"

// writePKI puts what the API server reads into dir: CA, serving certificate, the certificate for servers of further APIs,
// and the key that signs service-account tokens.
// The server is known by these names, and by a further address where there is one.
func (a *authority) writePKI(dir, address string) error {
	names := []string{"127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "198.19.0.1"}
	if address != "" {
		names = append(names, address)
	}
	cert, key, err := a.issue(pkix.Name{CommonName: "kube-apiserver"}, names...)
	if err != nil {
		return err
	}
	sa, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := encodeKey(sa)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(sa.Public())
	if err != nil {
		return err
	}
	// How the API server proves itself to servers of further APIs has a CA of its own: who holds a user's certificate cannot pass for it.
	proxy, err := newAuthority()
	if err != nil {
		return err
	}
	proxyCert, proxyKey, err := proxy.issue(pkix.Name{CommonName: frontProxy})
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		"ca.crt": a.pem, "apiserver.crt": cert, "apiserver.key": key, "sa.key": private, "sa.pub": encode("PUBLIC KEY", public),
		"proxy-ca.crt": proxy.pem, "proxy.crt": proxyCert, "proxy.key": proxyKey,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}
