package source

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// History says which log of a History server is read. The server's API is that of Spark's own (monitoring.md, REST API).
type History struct {
	URL string
	// App is the id of an application, ID/ATTEMPT, or its name; "" where the server has one application only.
	App string
	// HeaderFile holds the headers that requests carry, as NAME: VALUE, a line each; without it the environment variable
	// KUBECTL_SPARK_HISTORY_HEADERS does.
	HeaderFile string
	// MaxBytes bounds what is downloaded.
	MaxBytes int64
}

// HistoryHeaders is the variable of the environment that holds headers for a History server.
const HistoryHeaders = "KUBECTL_SPARK_HISTORY_HEADERS"

// mostApplications bounds how many applications of a server are looked at, the newest first.
const mostApplications = 20_000

// server is a History server.
type server struct {
	History
	base    *url.URL
	headers http.Header
	who     string
	client  *http.Client
	say     func(string)
}

func newServer(h History, o *Options) (*server, error) {
	base, err := url.Parse(h.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("not the URL of a History server: write http://HOST:18080, or https://HOST with the path before /api")
	}
	if base.User != nil {
		return nil, errors.New("the URL of the History server holds a name or password: give an Authorization header in a file or in " + HistoryHeaders)
	}
	base.Path = strings.TrimSuffix(strings.TrimSuffix(base.Path, "/"), "/api/v1")
	base.RawQuery, base.Fragment = "", ""
	s := &server{History: h, base: base, say: o.Say}
	if s.headers, s.who, err = Headers(h.HeaderFile, HistoryHeaders, "--history-server-headers"); err != nil {
		return nil, fmt.Errorf("headers for the History server: %w", err)
	}
	s.client = &http.Client{Transport: o.transport(), CheckRedirect: s.redirect}
	return s, nil
}

// Headers are those that requests to a server carry: of a file, or of a variable of the environment where no file is named. who says whose
// credentials they are, or which flag gives some. No error has a value of them.
func Headers(file, variable, flag string) (headers http.Header, who string, err error) {
	text, who := os.Getenv(variable), "the headers of "+variable
	switch {
	case file != "":
		data, err := readSmall(file)
		if err != nil {
			return nil, "", err
		}
		text, who = string(data), "the headers of "+file
	case text == "":
		who = "none: give headers with " + flag + " or " + variable
	}
	if headers, err = parseHeaders(text); err != nil {
		return nil, "", fmt.Errorf("%s: %w", who, err)
	}
	return headers, who, nil
}

// redirect follows within the server: its headers go nowhere else.
func (s *server) redirect(request *http.Request, via []*http.Request) error {
	if request.URL.Host != s.base.Host || s.base.Scheme == "https" && request.URL.Scheme != "https" {
		return errors.New("the server redirects to another host, which gets no request: give its URL, or headers for a login")
	}
	if len(via) > 5 {
		return errors.New("the server redirects in a loop")
	}
	return nil
}

func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return bounded(f)
}

// parseHeaders reads headers, a line each. An error names the line, and nothing of its value.
func parseHeaders(text string) (http.Header, error) {
	out := http.Header{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, is := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !is || name == "" || value == "" || strings.ContainsAny(name, " \t\"") || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, fmt.Errorf("line %d is not a header: write NAME: VALUE, as Authorization: Bearer TOKEN", i+1)
		}
		out.Add(name, value)
	}
	return out, nil
}

// get asks the server. The answer's body is open.
func (s *server) get(ctx context.Context, query url.Values, parts ...string) (*http.Response, error) {
	at := *s.base
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	at.RawPath = at.EscapedPath() + "/api/v1/" + strings.Join(parts, "/")
	at.Path, _ = url.PathUnescape(at.RawPath)
	at.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header = s.headers.Clone()
	answer, err := s.client.Do(request)
	if err != nil {
		err = failure(err)
		if again := (tryAgain{}); errors.As(err, &again) {
			err = again.error
		}
		return nil, fmt.Errorf("the History server at %s: %w", s.base, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	answer.Body.Close()
	err = refusal(answer.StatusCode, "", s.who)
	if !errors.Is(err, errNone) {
		err = fmt.Errorf("the History server at %s: %w", s.base, err)
	}
	return nil, err
}

// application is what the server says of one, its newest attempt first.
type application struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Attempts []struct {
		ID        string `json:"attemptId"`
		Completed bool   `json:"completed"`
		Start     int64  `json:"startTimeEpoch"`
	} `json:"attempts"`
}

func (a *application) started() (millis int64) {
	for _, attempt := range a.Attempts {
		millis = max(millis, attempt.Start)
	}
	return millis
}

func (s *server) read(ctx context.Context, into any, query url.Values, parts ...string) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	answer, err := s.get(ctx, query, parts...)
	if err != nil {
		return err
	}
	data, err := bounded(answer.Body)
	if err != nil {
		return fmt.Errorf("the History server at %s: %w", s.base, err)
	}
	if json.Unmarshal(data, into) != nil {
		return fmt.Errorf("the server at %s is not a History server of Spark: it answers with no list of applications", s.base)
	}
	return nil
}

// choose finds the application and the attempt that were asked for.
func (s *server) choose(ctx context.Context) (id, attempt string, err error) {
	id, attempt, _ = strings.Cut(s.App, "/")
	if s.App != "" {
		var one application
		err := s.read(ctx, &one, nil, "applications", id)
		if err == nil {
			return s.attempt(&one, attempt)
		}
		if !errors.Is(err, errNone) {
			return "", "", err
		}
	}
	var all []application
	if err := s.read(ctx, &all, url.Values{"limit": {fmt.Sprint(mostApplications)}}, "applications"); err != nil {
		if errors.Is(err, errNone) {
			err = fmt.Errorf("the server at %s is not a History server of Spark: it has no /api/v1/applications", s.base)
		}
		return "", "", err
	}
	slices.SortStableFunc(all, func(a, b application) int { return cmp.Compare(b.started(), a.started()) })
	named := slices.DeleteFunc(slices.Clone(all), func(a application) bool { return s.App != "" && a.Name != s.App })
	switch {
	case len(all) == 0:
		return "", "", fmt.Errorf("the History server at %s has no application yet", s.base)
	case len(named) == 0:
		return "", "", fmt.Errorf("the History server at %s has no application with the id or name %q; the newest are %s", s.base, s.App, listed(all))
	case len(named) > 1 && s.App == "":
		return "", "", fmt.Errorf("the History server at %s has %d applications: give one with --app; the newest are %s", s.base, len(all), listed(all))
	case len(named) > 1 && s.say != nil:
		s.say(fmt.Sprintf("%d runs are named %s; the newest is read, %s: --app=ID chooses another", len(named), s.App, named[0].ID))
	}
	return s.attempt(&named[0], "")
}

func listed(all []application) string {
	var words []string
	for _, a := range all[:min(len(all), 5)] {
		words = append(words, fmt.Sprintf("%.100s (%.100s)", a.ID, a.Name))
	}
	return strings.Join(words, ", ")
}

// attempt is the attempt of an application that was asked for, or its newest.
func (s *server) attempt(a *application, asked string) (id, attempt string, err error) {
	if a.ID == "" {
		return "", "", fmt.Errorf("the server at %s is not a History server of Spark: an application has no id", s.base)
	}
	var known []string
	for _, one := range a.Attempts {
		if one.ID != "" {
			known = append(known, one.ID)
		}
	}
	switch {
	case asked != "" && !slices.Contains(known, asked):
		return "", "", fmt.Errorf("%s has no attempt %q: it has %s", a.ID, asked, cmp.Or(strings.Join(known, ", "), "no numbered ones"))
	case asked == "" && len(known) > 0:
		asked = known[0]
		if len(known) > 1 && s.say != nil {
			s.say(fmt.Sprintf("%s has %d attempts; the newest is read, %s: --app=%s/ATTEMPT chooses another", a.ID, len(known), asked, a.ID))
		}
	}
	return a.ID, asked, nil
}

// ReadHistory reads the log of an application from a History server. A log of one file is read while it is downloaded. Of a rolling one,
// whose files come in no order, the packed files lie in a temporary folder until they have been read.
func ReadHistory(ctx context.Context, h History, o Options, progress func(read, total int64)) (*eventlog.Log, error) {
	s, err := newServer(h, &o)
	if err != nil {
		return nil, err
	}
	id, attempt, err := s.choose(ctx)
	if err != nil {
		return nil, err
	}
	parts := []string{"applications", id, "logs"}
	if attempt != "" {
		parts = []string{"applications", id, attempt, "logs"}
	}
	answer, err := s.get(ctx, nil, parts...)
	if errors.Is(err, errNone) {
		err = fmt.Errorf("the History server at %s has no log of %s: it was removed, or may not be read", s.base, id)
	}
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var read func(int64)
	if progress != nil {
		read = func(n int64) { progress(n, 0) }
	}
	body := &capped{from: answer.Body, left: h.MaxBytes, most: h.MaxBytes, progress: read}
	z := &zipStream{in: bufio.NewReaderSize(body, 64<<10)}
	d := &download{zip: z, name: id, left: h.MaxBytes}
	defer d.remove()
	if err := d.begin(); err != nil {
		return nil, fmt.Errorf("%s from the History server: %w", id, body.why(err))
	}
	log, err := eventlog.ReadFrom(ctx, d, d.root, nil)
	if err != nil {
		return nil, fmt.Errorf("from the History server: %w", body.why(err))
	}
	log.Reading.Name = id
	return log, nil
}
