package controlplane

import (
	"context"
	"crypto/x509/pkix"
	"fmt"
	"path/filepath"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Kubeconfig is the path of the administrator's kubeconfig.
func (c *ControlPlane) Kubeconfig() string { return filepath.Join(c.dir, "admin.conf") }

// UserConfig is the client configuration of a user with these groups and no rights but those that RBAC gives them.
func (c *ControlPlane) UserConfig(user string, groups ...string) (*rest.Config, error) {
	cert, key, err := c.ca.issue(pkix.Name{CommonName: user, Organization: groups})
	if err != nil {
		return nil, err
	}
	cfg := c.Config()
	cfg.BearerToken = ""
	cfg.CertData, cfg.KeyData = cert, key
	return cfg, nil
}

// ServiceAccountConfig is the client configuration of an existing service account, with a token of one hour.
func (c *ControlPlane) ServiceAccountConfig(ctx context.Context, namespace, name string) (*rest.Config, error) {
	token, err := c.client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("token of service account %s/%s: %w", namespace, name, err)
	}
	cfg := c.Config()
	cfg.BearerToken = token.Status.Token
	return cfg, nil
}

// WriteKubeconfig writes a client configuration as a kubeconfig named NAME.conf into Dir and returns its path.
// Namespace is the current context's; empty means default.
func (c *ControlPlane) WriteKubeconfig(name, namespace string, cfg *rest.Config) (string, error) {
	path := filepath.Join(c.dir, filepath.Base(name)+".conf")
	return path, c.writeContext(path, namespace, cfg)
}

func (c *ControlPlane) writeKubeconfig(path string, cfg *rest.Config) error {
	return c.writeContext(path, "", cfg)
}

func (c *ControlPlane) writeContext(path, namespace string, cfg *rest.Config) error {
	file := clientcmdapi.NewConfig()
	file.Clusters["test"] = &clientcmdapi.Cluster{Server: cfg.Host, CertificateAuthorityData: c.ca.pem}
	file.AuthInfos["test"] = &clientcmdapi.AuthInfo{Token: cfg.BearerToken, ClientCertificateData: cfg.CertData, ClientKeyData: cfg.KeyData}
	file.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: "test", Namespace: namespace}
	file.CurrentContext = "test"
	if err := clientcmd.WriteToFile(*file, path); err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	return nil
}

// EnsureNamespace creates a namespace and its default service account, without which the API server refuses pods; what exists is left alone.
func (c *ControlPlane) EnsureNamespace(ctx context.Context, name string) error {
	return c.ensureNamespace(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

func (c *ControlPlane) ensureNamespace(ctx context.Context, ns *corev1.Namespace) error {
	_, err := c.client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create namespace %q: %w", ns.Name, err)
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	_, err = c.client.CoreV1().ServiceAccounts(ns.Name).Create(ctx, account, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create the default service account of %q: %w", ns.Name, err)
	}
	return nil
}
