// Package prometheus asks a Prometheus that scrapes the kubelet's cAdvisor what the pods of a run used: series stay there when the pods are
// gone. It asks a bounded number of instant queries, and trusts no answer. Start reading at Server.Pods.
package prometheus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	prom "github.com/prometheus/common/model"
)

// Bounds of one answer: its bytes, its series, and the time that it may take.
const (
	mostBytes  = 1 << 20
	mostSeries = 100
	mostTime   = 60 * time.Second
	mostSaid   = 200 // bytes of an error's text
)

// Server is a Prometheus, or what answers as one: Thanos, Mimir, VictoriaMetrics.
type Server struct {
	// Name is the address as people write it, without credentials.
	Name string
	// Base is the URL before /api/v1.
	Base *url.URL
	// Transport carries requests, and Headers go with each; Who says whose credentials are used.
	Transport http.RoundTripper
	Headers   http.Header
	Who       string
	// Refused reads the error of what stands before the server, such as the API server of which it is a service; nil: there is nothing.
	Refused func(status int, body []byte) error
	// Timeout bounds one answer; 0 for the usual bound.
	Timeout time.Duration
}

// URL is a part of the library's client: where an endpoint is.
func (s *Server) URL(endpoint string, _ map[string]string) *url.URL { return s.Base.JoinPath(endpoint) }

// Do is a part of the library's client: it sends a request. The library tries POST first, and asks again with GET where it hears that
// POST is not allowed: GET needs only the right to read, where the server stands behind the API server.
func (s *Server) Do(ctx context.Context, request *http.Request) (*http.Response, []byte, error) {
	if request.Method != http.MethodGet {
		return &http.Response{StatusCode: http.StatusMethodNotAllowed, Status: "405 Method Not Allowed"}, nil, nil
	}
	timeout := s.Timeout
	if timeout == 0 {
		timeout = mostTime
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %s", timeout))
	defer cancel()
	request = request.WithContext(ctx)
	for name, values := range s.Headers {
		request.Header[name] = values
	}
	client := http.Client{Transport: s.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	var body []byte
	if err == nil {
		defer answer.Body.Close()
		body, err = io.ReadAll(io.LimitReader(answer.Body, mostBytes+1))
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, nil, context.Cause(ctx)
	case err != nil:
		var of *url.Error // whose URL holds the query, and says nothing more
		if errors.As(err, &of) {
			err = of.Err
		}
		return nil, nil, err
	case len(body) > mostBytes:
		return nil, nil, errors.New("the answer is longer than 1 MiB")
	}
	return answer, body, s.understood(answer, body)
}

// understood says why an answer is none of a Prometheus; nil where it is one, which may be an error of a query.
func (s *Server) understood(answer *http.Response, body []byte) error {
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	status := answer.StatusCode
	if s.Refused != nil && status != http.StatusOK {
		if err := s.Refused(status, body); err != nil {
			return err
		}
	}
	switch {
	case status/100 == 3:
		return fmt.Errorf("it answers %d, a redirect: no other host gets a request; give its own address", status)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("access denied (%d); credentials: %s", status, s.Who)
	case status == http.StatusNotFound:
		return errors.New("it has no /api/v1/query: give the URL before /api/v1")
	case kind != "application/json":
		return fmt.Errorf("it is no Prometheus: it answers %d with %s", status, said(kind))
	}
	return nil
}

// said is a text of an answer that stands in an error: not much of it.
func said(text string) string {
	text = strings.ToValidUTF8(text, "")
	if text == "" {
		return "nothing"
	}
	return strings.ToValidUTF8(text[:min(len(text), mostSaid)], "")
}

// asking is a series of queries about one run.
type asking struct {
	server   *Server
	api      v1.API
	at       time.Time
	warnings v1.Warnings
}

// sample is one value of an answer, with the labels that were asked for.
type sample struct {
	container, pod string
	value          float64
}

// ask evaluates an expression. An error says what is wrong with the answer.
func (a *asking) ask(ctx context.Context, expression string) ([]sample, error) {
	value, warnings, _, err := a.api.Query(ctx, expression, a.at)
	a.warnings = append(a.warnings, warnings...)
	var refused *v1.Error
	switch {
	case errors.As(err, &refused) && refused.Type == v1.ErrBadResponse:
		return nil, errors.New("it is no Prometheus: its answer cannot be read")
	case errors.As(err, &refused):
		return nil, fmt.Errorf("it refuses a query: %s", said(refused.Msg))
	case err != nil:
		return nil, err
	}
	vector, is := value.(prom.Vector)
	switch {
	case value == nil:
		return nil, errors.New("it is no Prometheus: its answer has no data")
	case !is:
		return nil, fmt.Errorf("it answers with values of type %s, and instant ones were asked for", said(value.Type().String()))
	case len(vector) > mostSeries:
		return nil, fmt.Errorf("it answers with %d series, and at most %d were asked for", len(vector), mostSeries)
	}
	var all []sample
	for _, one := range vector {
		if one == nil || one.Histogram != nil {
			return nil, errors.New("it answers with a histogram, and numbers were asked for")
		}
		all = append(all, sample{string(one.Metric["container"]), string(one.Metric["pod"]), float64(one.Value)})
	}
	return all, nil
}

// start begins queries that are evaluated at a time.
func (s *Server) start(at time.Time) *asking {
	return &asking{server: s, api: v1.NewAPI(api.Client(s)), at: at}
}
