package cluster

import (
	"encoding/json"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// Proxy is the URL of a service behind the API server, which needs the right to get services/proxy, and what carries requests to it with the
// credentials of the context. The port is a number or a name. It opens no connection.
func (r *Reader) Proxy(namespace, name, port string) (*url.URL, http.RoundTripper, error) {
	carrier, err := rest.TransportFor(r.config)
	if err != nil {
		return nil, nil, err
	}
	base, _, err := rest.DefaultServerUrlFor(r.config)
	if err != nil {
		return nil, nil, err
	}
	return base.JoinPath("api/v1/namespaces", namespace, "services", name+":"+port, "proxy"), carrier, nil
}

// ProxyRefused is the error of the API server in the answer of a proxied service; nil where it is none.
func ProxyRefused(status int, body []byte) error {
	var said metav1.Status
	if json.Unmarshal(body, &said) != nil || said.Kind != "Status" || said.APIVersion != "v1" || int(said.Code) != status {
		return nil
	}
	return &apierrors.StatusError{ErrStatus: said}
}

// ProxyGap is what could not be read of a service for an error of the API server; nil where the error is another one.
func ProxyGap(namespace string, err error) *Gap {
	if !apierrors.IsForbidden(err) {
		return nil
	}
	return &Gap{Verb: "get", Resource: "services/proxy", Namespace: namespace, Err: err}
}
