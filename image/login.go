package image

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
)

// Login is what registries are logged in to with: pull secrets first, then the configuration of docker and podman.
type Login struct {
	secrets []secret
}

type secret struct {
	pattern string // host[:port][/path], with globs in the host's labels
	user    authn.AuthConfig
}

// maxSecrets bounds the entries of pull secrets.
const maxSecrets = 4096

// Add reads a pull secret of Kubernetes: the value of .dockerconfigjson, or of .dockercfg. An error holds nothing of it.
func (l *Login) Add(text []byte) error {
	type entry struct {
		Auth          string `json:"auth"`
		Username      string `json:"username"`
		Password      string `json:"password"`
		IdentityToken string `json:"identitytoken"`
		RegistryToken string `json:"registrytoken"`
	}
	var config struct {
		Auths map[string]entry `json:"auths"`
	}
	if json.Unmarshal(text, &config) != nil || config.Auths == nil {
		if json.Unmarshal(text, &config.Auths) != nil {
			return errors.New("it holds no JSON of a docker configuration")
		}
	}
	for host, e := range config.Auths {
		if len(l.secrets) >= maxSecrets {
			return fmt.Errorf("the pull secrets hold more than %d registries", maxSecrets)
		}
		user := authn.AuthConfig{Username: e.Username, Password: e.Password, IdentityToken: e.IdentityToken, RegistryToken: e.RegistryToken}
		if raw, err := base64.StdEncoding.DecodeString(e.Auth); err == nil && e.Auth != "" && user.Username == "" {
			user.Username, user.Password, _ = strings.Cut(string(raw), ":")
		}
		host = strings.TrimPrefix(strings.TrimPrefix(host, "https://"), "http://")
		host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(host, "/"), "/v1"), "/v2")
		l.secrets = append(l.secrets, secret{host, user})
	}
	// As the kubelet does: the most exact first.
	slices.SortStableFunc(l.secrets, func(a, b secret) int { return strings.Compare(b.pattern, a.pattern) })
	return nil
}

// keychain finds the login of a registry.
func (l *Login) keychain() authn.Keychain { return authn.NewMultiKeychain(l, authn.DefaultKeychain) }

// Resolve is the login for a repository.
func (l *Login) Resolve(target authn.Resource) (authn.Authenticator, error) {
	for _, s := range l.secrets {
		if s.fits(target) {
			return authn.FromConfig(s.user), nil
		}
	}
	return authn.Anonymous, nil
}

// fits says that a secret is for a repository. Labels of the host may be globs; a path is a beginning.
func (s *secret) fits(target authn.Resource) bool {
	host, below, _ := strings.Cut(s.pattern, "/")
	if host == "docker.io" || host == "registry-1.docker.io" {
		host = "index.docker.io"
	}
	want, repository, _ := strings.Cut(target.String(), "/")
	globs, labels := strings.Split(host, "."), strings.Split(want, ".")
	if len(globs) != len(labels) {
		return false
	}
	for i := range globs {
		if ok, err := path.Match(globs[i], labels[i]); err != nil || !ok {
			return false
		}
	}
	return below == "" || repository == below || strings.HasPrefix(repository, below+"/")
}

// Join adds the secrets of another login.
func (l *Login) Join(other *Login) { l.secrets = append(l.secrets, other.secrets...) }
