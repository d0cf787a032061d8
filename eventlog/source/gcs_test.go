package source

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// googleAPI answers as the JSON API of Google Cloud Storage says of objects: upload, get and list, by pages, with a delimiter, ranges and
// generations. Pages and generations are what the emulator of TestLogsOfGoogle does not have.
type googleAPI struct {
	objects map[string][]byte
	asked   []string
}

func (g *googleAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	key, is := strings.CutPrefix(r.URL.Path, "/storage/v1/b/logs/o")
	g.asked = append(g.asked, r.URL.RawQuery)
	switch name := strings.TrimPrefix(key, "/"); {
	case r.Method == http.MethodPost && r.URL.Path == "/upload/storage/v1/b/logs/o" && query.Get("uploadType") == "media":
		data, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "", http.StatusBadRequest)
			return
		}
		g.objects[query.Get("name")] = data
		_ = json.NewEncoder(w).Encode(g.item(query.Get("name"))) // the test sees what is missing
	case r.Method != http.MethodGet:
		http.Error(w, `{"error":{"code":404}}`, http.StatusNotFound)
	case !is:
		http.Error(w, `{"error":{"code":404}}`, http.StatusNotFound)
	case key == "":
		g.list(w, query.Get("prefix"), query.Get("pageToken"), query.Get("maxResults"))
	case g.objects[name] == nil:
		http.Error(w, `{"error":{"code":404}}`, http.StatusNotFound)
	case query.Get("alt") == "media" && query.Get("ifGenerationMatch") != "7":
		http.Error(w, "", http.StatusPreconditionFailed)
	case query.Get("alt") == "media":
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(g.objects[name])))
	default:
		_ = json.NewEncoder(w).Encode(g.item(name)) // the test sees what is missing
	}
}

func (g *googleAPI) item(name string) map[string]string {
	return map[string]string{"name": name, "size": strconv.Itoa(len(g.objects[name])), "generation": "7"}
}

func (g *googleAPI) list(w http.ResponseWriter, prefix, from, most string) {
	var names []string
	for name := range g.objects {
		if rest, is := strings.CutPrefix(name, prefix); is {
			if folder, _, deeper := strings.Cut(rest, "/"); deeper {
				name = prefix + folder + "/"
			}
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name < from })
	page := map[string]any{}
	if n, _ := strconv.Atoi(most); n > 0 && len(names) > n {
		page["nextPageToken"] = names[n]
		names = names[:n]
	}
	var items []any
	var prefixes []string
	for _, name := range names {
		if strings.HasSuffix(name, "/") {
			prefixes = append(prefixes, name)
		} else {
			items = append(items, g.item(name))
		}
	}
	page["items"], page["prefixes"] = items, prefixes
	_ = json.NewEncoder(w).Encode(page)
}

func TestPagesAndGenerationsOfGoogle(t *testing.T) {
	alone(t)
	g := &googleAPI{objects: map[string][]byte{}}
	server := httptest.NewServer(g)
	defer server.Close()
	put := func(key string, data []byte) { g.objects[key] = append([]byte{}, data...) }
	aStore(t, "gs://logs", put, func(after int64) *cutting {
		c := newCutting(t, server.URL, after)
		t.Setenv("STORAGE_EMULATOR_HOST", c.URL)
		return c
	})
	pages := slices.DeleteFunc(g.asked, func(q string) bool { return !strings.Contains(q, "pageToken") })
	if len(pages) < 8 { // 13 objects by 3, twice
		t.Errorf("%d further pages were asked for", len(pages))
	}
	if got := fmt.Sprint(gcsObject{"a", "x", "1"}.object()); got != "{a 0 1}" {
		t.Error(got)
	}
}
