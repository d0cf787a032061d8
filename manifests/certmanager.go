package manifests

import (
	"time"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	certmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	rootIssuer = "spark-webhook-root" // signs the authority by itself
	day        = 24 * time.Hour
)

// certManagerObjects make cert-manager issue the serving certificate. The authority is the webhook's own, so that nobody
// else's certificates are trusted.
func certManagerObjects(o Options) []Object {
	name := ServiceName + "." + o.Namespace
	// The authority keeps its key at a renewal: what it signed before is still trusted by the new bundle.
	authority := certificate(CertManagerCA, rootIssuer, CertManagerCA, 3650*day, certmanager.RotationPolicyNever)
	authority.Spec.IsCA, authority.Spec.CommonName = true, "kubectl-spark webhook CA"
	serving := certificate(ServiceName, ServiceName, CertSecret, 90*day, certmanager.RotationPolicyAlways)
	serving.Spec.DNSNames = []string{name + ".svc", name + ".svc.cluster.local", name}
	serving.Spec.Usages = []certmanager.KeyUsage{certmanager.UsageServerAuth, certmanager.UsageDigitalSignature}
	return []Object{
		issuer(rootIssuer, certmanager.IssuerConfig{SelfSigned: &certmanager.SelfSignedIssuer{}}), authority,
		issuer(ServiceName, certmanager.IssuerConfig{CA: &certmanager.CAIssuer{SecretName: CertManagerCA}}), serving,
	}
}

func issuer(name string, config certmanager.IssuerConfig) *certmanager.Issuer {
	return &certmanager.Issuer{TypeMeta: certManagerKind(certmanager.IssuerKind), ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: certmanager.IssuerSpec{IssuerConfig: config}}
}

func certificate(name, issuer, secret string, lasts time.Duration, rotation certmanager.PrivateKeyRotationPolicy) *certmanager.Certificate {
	return &certmanager.Certificate{TypeMeta: certManagerKind(certmanager.CertificateKind), ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: certmanager.CertificateSpec{
		SecretName: secret, SecretTemplate: &certmanager.CertificateSecretTemplate{Labels: ownLabels()},
		Duration: &metav1.Duration{Duration: lasts}, RenewBefore: &metav1.Duration{Duration: 30 * day},
		PrivateKey: &certmanager.CertificatePrivateKey{Algorithm: certmanager.ECDSAKeyAlgorithm, Size: 256, RotationPolicy: rotation},
		IssuerRef:  certmeta.IssuerReference{Group: certmanager.SchemeGroupVersion.Group, Kind: certmanager.IssuerKind, Name: issuer},
	}}
}

func certManagerKind(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: certmanager.SchemeGroupVersion.String(), Kind: kind}
}
