package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// gcsStore is a bucket of Google Cloud Storage, by its JSON API (cloud.google.com/storage/docs/json_api/v1/objects).
type gcsStore struct {
	client *http.Client
	base   string // of the API
	bucket string
	who    string
	page   int
}

const (
	gcsServer = "https://storage.googleapis.com"
	gcsScope  = "https://www.googleapis.com/auth/devstorage.read_only"
	gcsWrites = "https://www.googleapis.com/auth/devstorage.read_write"
)

// openGCS is the bucket that a URL names. Credentials are Google's application default ones. STORAGE_EMULATOR_HOST names a server
// without any, as it does for Google's own clients.
func openGCS(ctx context.Context, u *url.URL, o *Options) (eventlog.Files, error) {
	if u.Host == "" {
		return nil, errors.New("no bucket is named: write gs://BUCKET/PATH")
	}
	s := &gcsStore{client: o.client(0), base: gcsServer, bucket: u.Host, page: o.page}
	if emulator := os.Getenv("STORAGE_EMULATOR_HOST"); emulator != "" {
		if !strings.Contains(emulator, "://") {
			emulator = "http://" + emulator
		}
		s.base, s.who = strings.TrimSuffix(emulator, "/"), "none (STORAGE_EMULATOR_HOST is set)"
		return newObjects(s, root(u), o), nil
	}
	// Tokens are fetched over the same transport, and for as long as the log is read.
	tokens := context.WithValue(ctx, oauth2.HTTPClient, o.client(lookTimeout))
	scope := gcsScope
	if o.write {
		scope = gcsWrites
	}
	creds, err := google.FindDefaultCredentials(tokens, scope)
	tried := "GOOGLE_APPLICATION_CREDENTIALS, gcloud's application default file, the metadata server"
	if named := os.Getenv("GOOGLE_APPLICATION_CREDENTIALS"); named != "" {
		tried = "the file that GOOGLE_APPLICATION_CREDENTIALS names"
		if err != nil {
			return nil, fmt.Errorf("no credentials come from %s: it cannot be read, or has another form", tried)
		}
	}
	if err != nil {
		s.who = "none found (tried: " + tried + ")"
		return newObjects(s, root(u), o), nil // the bucket may be public
	}
	s.who = gcsSource(creds)
	s.client.Transport = &oauth2.Transport{Source: creds.TokenSource, Base: s.client.Transport}
	return newObjects(s, root(u), o), nil
}

// gcsSource is where the default credentials come from.
func gcsSource(creds *google.Credentials) string {
	var file struct{ Type string }
	switch {
	case len(creds.JSON) == 0:
		return "the metadata server (workload identity, or the machine's account)"
	case json.Unmarshal(creds.JSON, &file) != nil || word(file.Type) == "":
		file.Type = "unknown"
	}
	if os.Getenv("GOOGLE_APPLICATION_CREDENTIALS") != "" {
		return "GOOGLE_APPLICATION_CREDENTIALS (" + word(file.Type) + ")"
	}
	return "gcloud's application default file (" + word(file.Type) + ")"
}

// gcsObject is what the API says of an object. Numbers are texts.
type gcsObject struct {
	Name       string `json:"name"`
	Size       string `json:"size"`
	Generation string `json:"generation"`
}

func (g gcsObject) object() object {
	size, _ := strconv.ParseInt(g.Size, 10, 64) // unknown if it is no number
	return object{g.Name, max(size, 0), g.Generation}
}

// ask asks the API for something about the bucket.
func (s *gcsStore) ask(ctx context.Context, path string, query url.Values, from int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/storage/v1/b/"+url.PathEscape(s.bucket)+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	if query.Get("alt") == "media" {
		request.Header.Set("Accept-Encoding", "gzip") // an object that is stored in gzip comes as it is
	}
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	return s.do(request)
}

// do sends a request. An answer that is no success is an error.
func (s *gcsStore) do(request *http.Request) (*http.Response, error) {
	answer, err := s.client.Do(request)
	if err != nil {
		var token *oauth2.RetrieveError
		if errors.As(err, &token) {
			return nil, fmt.Errorf("no token for the credentials (%s): the server answered %d %s", s.who, token.Response.StatusCode, word(token.ErrorCode))
		}
		return nil, failure(err)
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	answer.Body.Close()
	return nil, refusal(answer.StatusCode, "", s.who)
}

func (s *gcsStore) look(ctx context.Context, key string) (object, error) {
	var found gcsObject
	err := s.read(ctx, "/o/"+url.PathEscape(key), url.Values{"fields": {"name,size,generation"}}, &found)
	return found.object(), err
}

// read reads an answer in JSON.
func (s *gcsStore) read(ctx context.Context, path string, query url.Values, into any) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	answer, err := s.ask(ctx, path, query, 0)
	if err != nil {
		return err
	}
	data, err := bounded(answer.Body)
	if err != nil {
		return tryAgain{err}
	}
	if err := json.Unmarshal(data, into); err != nil {
		return errors.New("the server's answer is not JSON of Google Cloud Storage")
	}
	return nil
}

func (s *gcsStore) list(ctx context.Context, prefix string, visit func(object) bool) error {
	query := url.Values{"delimiter": {"/"}, "prefix": {prefix}, "fields": {"nextPageToken,prefixes,items(name,size,generation)"}}
	if s.page > 0 {
		query.Set("maxResults", strconv.Itoa(s.page))
	}
	for {
		var page struct {
			Items         []gcsObject `json:"items"`
			Prefixes      []string    `json:"prefixes"`
			NextPageToken string      `json:"nextPageToken"`
		}
		if err := s.read(ctx, "/o", query, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			if !visit(item.object()) {
				return nil
			}
		}
		for _, folder := range page.Prefixes {
			if !visit(object{key: folder}) {
				return nil
			}
		}
		if page.NextPageToken == "" || page.NextPageToken == query.Get("pageToken") {
			return nil
		}
		query.Set("pageToken", page.NextPageToken)
	}
}

func (s *gcsStore) open(ctx context.Context, o object, from int64) (io.ReadCloser, error) {
	query := url.Values{"alt": {"media"}}
	if o.version != "" {
		query.Set("generation", o.version)
		query.Set("ifGenerationMatch", o.version)
	}
	answer, err := s.ask(ctx, "/o/"+url.PathEscape(o.key), query, from)
	if err != nil {
		if from > 0 && errors.Is(err, errNone) {
			err = errChanged // the generation that was read is gone
		}
		return nil, err
	}
	return ranged(answer.Body, answer.Header, from)
}

// put sends the data in one request (cloud.google.com/storage/docs/uploading-objects, "media upload").
func (s *gcsStore) put(ctx context.Context, key string, data []byte) error {
	query := url.Values{"uploadType": {"media"}, "name": {key}, "fields": {"name"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/upload/storage/v1/b/"+url.PathEscape(s.bucket)+"/o?"+query.Encode(), bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	answer, err := s.do(request)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
