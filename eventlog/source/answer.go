package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// How long a server may take to accept a connection, until its answer begins, and to send nothing in the middle of it.
const (
	connectTimeout = 10 * time.Second
	answerTimeout  = 60 * time.Second
	idleTimeout    = 60 * time.Second
)

// errSilent is why a connection is closed on which nothing comes.
var errSilent = errors.New("the server sent nothing for too long")

// transport is how servers are reached. What they send is not decompressed: a log is read as it lies.
func (o *Options) transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext
	t.ResponseHeaderTimeout = answerTimeout
	t.DisableCompression = true
	t.MaxResponseHeaderBytes = 1 << 20
	idle := o.idle
	if idle == 0 {
		idle = idleTimeout
	}
	return &attentive{t, idle}
}

// Transport is how other servers are reached that evidence of runs comes from.
func (o *Options) Transport() http.RoundTripper { return o.transport() }

// client asks a server. It follows no redirect: credentials go to no other host, and a store answers by itself.
func (o *Options) client(timeout time.Duration) *http.Client {
	return &http.Client{Transport: o.transport(), Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// attentive ends the reading of an answer that stands still.
type attentive struct {
	next http.RoundTripper
	idle time.Duration
}

func (a *attentive) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	answer, err := a.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		cancel(nil)
		return nil, err
	}
	answer.Body = &attended{ctx: ctx, cancel: cancel, body: answer.Body, idle: a.idle}
	return answer, nil
}

type attended struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	body   io.ReadCloser
	idle   time.Duration
}

func (a *attended) Read(p []byte) (int, error) {
	timer := time.AfterFunc(a.idle, func() { a.cancel(errSilent) })
	n, err := a.body.Read(p)
	timer.Stop()
	if err != nil && err != io.EOF && context.Cause(a.ctx) == errSilent {
		err = errSilent
	}
	return n, err
}

func (a *attended) Close() error {
	a.cancel(nil)
	return a.body.Close()
}

// failure is the error of a request that no answer came to. It leaves the URL out, which may hold a signature.
func failure(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	var of *url.Error
	host := ""
	if errors.As(err, &of) {
		if u, parsed := url.Parse(of.URL); parsed == nil {
			host = u.Host + ": "
		}
		err = of.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return tryAgain{fmt.Errorf("%s%w", host, err)}
}

// refusal is the error of an answer with a status that is no success. who says with which credentials was asked.
func refusal(status int, code, who string) error {
	said := fmt.Sprint(status)
	if code != "" {
		said += " " + word(code)
	}
	switch {
	case status == http.StatusNotFound:
		if code == "NoSuchBucket" || code == "ContainerNotFound" {
			return fmt.Errorf("no such bucket or container (%s)", said)
		}
		return errNone
	case status == http.StatusPreconditionFailed:
		return errChanged
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("access denied (%s); credentials: %s", said, who)
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		return tryAgain{fmt.Errorf("the server answered %s", said)}
	}
	if status/100 == 3 {
		return fmt.Errorf("the server answered %s, a redirect: no other host gets a request; give its own address", said)
	}
	return fmt.Errorf("the server answered %s; credentials: %s", said, who)
}

// word is a code that a server sent: letters and digits, and not many.
func word(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < '0' || r > 'z' || r > '9' && r < 'A' || r > 'Z' && r < 'a' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), 60)]
}

// bounded reads the body of an answer that is no log, up to a bound.
func bounded(body io.ReadCloser) ([]byte, error) {
	defer body.Close()
	const most = 16 << 20
	data, err := io.ReadAll(io.LimitReader(body, most+1))
	if err == nil && len(data) > most {
		err = errors.New("the server's answer is longer than 16 MiB")
	}
	return data, err
}
