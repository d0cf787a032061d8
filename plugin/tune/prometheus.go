package tune

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/eventlog/source"
	"github.com/kubectl-spark/kubectl-spark/life/prometheus"
	"github.com/kubectl-spark/kubectl-spark/plugin/flags"
)

// askPrometheus gives each log what the Prometheus knows of its pods. Where the right to reach it is missing, that is a gap.
func (o *options) askPrometheus(ctx context.Context) error {
	if o.prometheus.URL == "" {
		return nil
	}
	server, namespace, err := o.prometheusServer()
	if err != nil {
		return fmt.Errorf("--prometheus: %w", err)
	}
	defer o.Progress.Begin("asking Prometheus")()
	for i := range o.logs {
		pods, err := server.Pods(ctx, &o.logs[i].Run)
		if gap := cluster.ProxyGap(namespace, err); gap != nil {
			o.gaps = append(o.gaps, *gap)
			for i := range o.logs { // it was asked for, and nothing of it is known
				o.logs[i].Pods = &model.Pods{Server: server.Name, Unread: []string{gap.Verb + " " + gap.Resource + " " + gap.Reason()}}
			}
			return nil
		}
		if err != nil {
			return err
		}
		o.logs[i].Pods = pods
	}
	return nil
}

// prometheusServer is the server that the flags name; of one in the cluster the namespace too.
func (o *options) prometheusServer() (s *prometheus.Server, namespace string, err error) {
	u, err := url.Parse(o.prometheus.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "svc":
		return nil, "", errors.New("not the URL of a Prometheus: write http://HOST:9090, https://HOST, or svc://NAMESPACE/SERVICE:PORT")
	case u.User != nil || u.RawQuery != "":
		return nil, "", fmt.Errorf("the URL may hold a password or a token: give headers in a file (--prometheus-headers) or in %s", flags.PrometheusHeaders)
	}
	u.Path, u.RawPath, u.Fragment = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), "/api/v1"), "", ""
	s = &prometheus.Server{Name: u.String(), Base: u}
	if u.Scheme != "svc" {
		s.Transport = o.from.Source.Transport()
		s.Headers, s.Who, err = source.Headers(o.prometheus.HeaderFile, flags.PrometheusHeaders, "--prometheus-headers")
		return s, "", err
	}
	service, path, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	name, port, is := strings.Cut(service, ":")
	switch {
	case !is || name == "" || port == "" || strings.Contains(port, ":"):
		return nil, "", errors.New("not a Service: write svc://NAMESPACE/SERVICE:PORT, such as svc://monitoring/prometheus-operated:9090")
	case o.prometheus.HeaderFile != "":
		return nil, "", errors.New("--prometheus-headers go to no Service: the API server takes the credentials of the context, and passes none on")
	}
	reader, err := o.Reader()
	if err != nil {
		return nil, "", err
	}
	s.Who, s.Refused = "those of the context", cluster.ProxyRefused
	if s.Base, s.Transport, err = reader.Proxy(u.Host, name, port); err == nil && path != "" {
		s.Base = s.Base.JoinPath(path)
	}
	return s, u.Host, err
}
