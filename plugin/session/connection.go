package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark/secret/mask"
)

// unsetHost is what client-go takes where nothing names a server.
const unsetHost = "http://localhost:8080"

// answerTimeout is how long one answer of the API server may take where --request-timeout does not say.
const answerTimeout = 60 * time.Second

// ErrNoCluster is the error of a command that asks a cluster where none is configured.
var ErrNoCluster = errors.New("no cluster to talk to")

// noCluster says why none is configured.
func (s *Session) noCluster() error {
	name := *s.Server.KubeConfig
	if name == "" {
		name = os.Getenv(clientcmd.RecommendedConfigPathEnvVar)
	}
	if name == "" {
		return fmt.Errorf("%w: there is no kubeconfig; set KUBECONFIG or --kubeconfig", ErrNoCluster)
	}
	for _, path := range filepath.SplitList(name) {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("%w: the kubeconfig %s names none; set KUBECONFIG or --kubeconfig", ErrNoCluster, name)
		}
	}
	return fmt.Errorf("%w: KUBECONFIG is %s, and there is no such file; correct it, or set --kubeconfig", ErrNoCluster, name)
}

// Config is how the API server is reached.
func (s *Session) Config() (*rest.Config, error) {
	raw, err := s.Server.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return nil, badKubeconfig(err)
	}
	if timeout := *s.Server.Timeout; timeout != "" {
		if _, err := clientcmd.ParseTimeout(timeout); err != nil {
			return nil, fmt.Errorf("--request-timeout=%q: must be seconds or a duration, as 30s or 2m", timeout)
		}
	}
	if name := *s.Server.Context; name != "" && raw.Contexts[name] == nil {
		near := ""
		if found := scene.Near(name, slices.Collect(maps.Keys(raw.Contexts))); len(found) > 0 {
			near = "; did you mean " + strings.Join(found, " or ") + "?"
		}
		return nil, fmt.Errorf("--context=%q: the kubeconfig has no such context: kubectl config get-contexts lists them%s", name, near)
	}
	config, err := s.Server.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("no connection to a cluster: %w: correct the kubeconfig, or give another with --kubeconfig or KUBECONFIG", err)
	}
	if len(raw.Clusters) == 0 && *s.Server.APIServer == "" && config.Host == unsetHost {
		return nil, s.noCluster()
	}
	if config.Timeout == 0 {
		config.Timeout = answerTimeout
	}
	return config, nil
}

// badKubeconfig is the error of a kubeconfig that is not there or cannot be read.
func badKubeconfig(err error) error {
	return fmt.Errorf("cannot read the kubeconfig: %w: check --kubeconfig and KUBECONFIG", err)
}

// Reader makes the client of the API server.
func (s *Session) Reader() (*cluster.Reader, error) {
	config, err := s.Config()
	if err != nil {
		return nil, err
	}
	return cluster.New(config)
}

// Namespace is that of the flags, or of the context.
func (s *Session) Namespace() (string, error) {
	namespace, _, err := s.Server.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", badKubeconfig(err)
	}
	return namespace, nil
}

// NamespaceFlag is what --namespace says; "" where it was not given.
func (s *Session) NamespaceFlag() string { return *s.Server.Namespace }

// Live gathers from the cluster what names stand for; without names all of the namespace, or of every one.
func (s *Session) Live(ctx context.Context, scope scene.Scope, names []string, all bool) (*scene.Scene, error) {
	reader, err := s.Reader()
	if err != nil {
		return nil, err
	}
	namespace, err := s.Namespace()
	if err != nil {
		return nil, err
	}
	if scope.Namespace = namespace; all {
		scope.Namespace = ""
	}
	if len(names) > 0 {
		scope.Names = &scene.Names{Given: names, Namespace: namespace, Server: s.Server}
	}
	var unread error
	defer func() { // when no progress is shown any more
		if unread != nil {
			s.Tell([]string{unread.Error()}, false)
		}
	}()
	defer s.Progress.Ask("reading the cluster")()
	if scope.Images, unread, err = installation.Images(ctx, reader); err != nil {
		return nil, err
	}
	return scene.Live(ctx, reader, scope)
}

// printable says of a connection flag that a printed command carries it: the namespace stands there already, and the others
// are secrets.
func printable(flag string) bool {
	return flag != "namespace" && flag != "token" && flag != "password"
}

// HoldsSecret says that a URL in a text holds a secret, which no printed command carries.
func HoldsSecret(text string) bool {
	return strings.Contains(text, "://") && mask.Message(text) != text
}

// Reach are the connection flags as they were given, in the form of a shell, so that a printed command reaches the same server. A
// secret in one is masked, and not the flag left out: without it the command would reach another server.
func (s *Session) Reach() (words []string) {
	s.Connection.VisitAll(func(f *pflag.Flag) {
		if !f.Changed || !printable(f.Name) {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			if HoldsSecret(value) {
				value = mask.Message(value)
				s.FillIn("--" + f.Name)
			}
			words = append(words, "--"+f.Name+"="+change.Quote(value))
		}
	})
	return words
}

// FillIn says once that printed commands lack a secret of a flag.
func (s *Session) FillIn(flag string) {
	if !s.filledIn {
		s.filledIn = true
		s.Say("note: ", "printed commands have "+flag+" with its secret masked: fill it in before you run them")
	}
}

// Command is a command of ours that reaches the same server.
func (s *Session) Command(words string) string {
	return strings.Join(append([]string{"kubectl spark " + words}, s.Reach()...), " ")
}
