package prometheus

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
)

// etl is a run whose pods are known by name.
func etl() *model.Run {
	return &model.Run{Seconds: 60, Application: model.Application{ID: "spark-1", Started: time.UnixMilli(1_760_000_000_000)}, Spark: map[string]string{"spark.master": "k8s://h", "spark.kubernetes.namespace": "jobs",
		"spark.kubernetes.driver.pod.name": "etl-driver", "spark.kubernetes.executor.podNamePrefix": "etl"}}
}

// serve is a server with an answer to every query, and how many it was asked.
func serve(t *testing.T, answer http.HandlerFunc) (s *Server, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1); r.Method != http.MethodGet || r.URL.Path != "/at/api/v1/query" {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL + "/at")
	if err != nil {
		t.Fatal(err)
	}
	return &Server{Name: "http://prometheus.test/at", Base: base, Transport: http.DefaultTransport, Headers: http.Header{"Authorization": {"Bearer s3cr3t"}}, Who: "the headers of f", Timeout: 2 * time.Second}, asked
}

// vector is an answer with values, as label sets and numbers.
func vector(samples ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, strings.Join(samples, ","))
	}
}

func one(container, pod, value string) string {
	metric, err := json.Marshal(map[string]string{"container": container, "pod": pod})
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"metric":%s,"value":[1760000060,%q]}`, metric, value)
}

// TestAnAnswerThatCannotBeTrueIsAnError, whose text holds neither credentials nor control characters of the answer beyond its bound.
func TestAnAnswerThatCannotBeTrueIsAnError(t *testing.T) {
	raw := func(status int, kind, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", "http://198.51.100.1/")
			w.WriteHeader(status)
			io.WriteString(w, text)
		}
	}
	many := make([]string, mostSeries+1)
	for i := range many {
		many[i] = one(fmt.Sprint("c", i), "etl-driver", "1")
	}
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"a body of 2 MiB", raw(200, "application/json", strings.Repeat(" ", 2<<20)), "longer than 1 MiB"},
		{"an error of 2 MiB", raw(500, "application/json", strings.Repeat("x", 2<<20)), "longer than 1 MiB"},
		{"not a number", vector(one("spark-kubernetes-driver", "etl-driver", "NaN")), "NaN for container_memory_working_set_bytes, which cannot be"},
		{"infinite", vector(one("spark-kubernetes-driver", "etl-driver", "+Inf")), "which cannot be"},
		{"negative", vector(one("spark-kubernetes-driver", "etl-driver", "-1")), "which cannot be"},
		{"an exabyte", vector(one("spark-kubernetes-driver", "etl-driver", "1e18")), "which cannot be"},
		{"text for a number", vector(one("spark-kubernetes-driver", "etl-driver", "many")), "cannot be read"},
		{"a scalar", raw(200, "application/json", `{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}`), "values of type scalar"},
		{"a matrix", raw(200, "application/json", `{"status":"success","data":{"resultType":"matrix","result":[]}}`), "values of type matrix"},
		{"a type that there is not", raw(200, "application/json", `{"status":"success","data":{"resultType":"x","result":[]}}`), "no Prometheus"},
		{"nothing", raw(200, "application/json", `{}`), "no Prometheus"},
		{"half of an answer", raw(200, "application/json", `{"status":"success","data":{"resultType":"vector","result":[{`), "no Prometheus"},
		{"a list", raw(200, "application/json", `[1]`), "no Prometheus"},
		{"null", vector("null"), "histogram"},
		{"a histogram", vector(`{"metric":{},"histogram":[1,{"count":"1","sum":"1","buckets":[]}]}`), "histogram"},
		{"many series", vector(many...), "101 series"},
		{"a login page", raw(200, "text/html; charset=utf-8", "<html>log in</html>"), "no Prometheus: it answers 200 with text/html"},
		{"no type", raw(200, "", "<html>"), "with nothing"},
		{"a redirect", raw(302, "text/html", ""), "302, a redirect: no other host gets a request"},
		{"no login", raw(401, "application/json", `{"kind":"Status"}`), "access denied (401); credentials: the headers of f"},
		{"no right", raw(403, "text/plain", "s3cr3t"), "access denied (403)"},
		{"no such path", raw(404, "text/plain", ""), "no /api/v1/query"},
		{"a gateway", raw(502, "text/html", "bad gateway"), "502"},
		{"a query that is too large", raw(422, "application/json", `{"status":"error","errorType":"execution","error":"query processing would load too many samples"}`), "refuses a query: query processing would load too many samples"},
		{"a long error", raw(400, "application/json", `{"status":"error","errorType":"bad_data","error":"`+strings.Repeat("é", 5000)+`"}`), "refuses a query"},
	} {
		s, asked := serve(t, c.answer)
		pods, err := s.Pods(t.Context(), etl())
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cr3t") || len(err.Error()) > 500 || !strings.HasPrefix(err.Error(), "the Prometheus at http://prometheus.test/at: ") || pods != nil {
			t.Errorf("%s: %v, %+v", c.name, err, pods)
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("%s: asked %d times", c.name, n)
		}
	}
}

func TestASilentServerIsGivenUp(t *testing.T) {
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "{")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	s.Timeout = 100 * time.Millisecond
	if _, err := s.Pods(t.Context(), etl()); err == nil || !strings.Contains(err.Error(), "no answer within 100ms") {
		t.Error(err)
	}
	s.Base.Host = "127.0.0.1:1"
	if _, err := s.Pods(t.Context(), etl()); err == nil || !strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "query=") {
		t.Error(err)
	}
}

// TestOnlySparksContainerCounts, and what a server does not know is said.
func TestOnlySparksContainerCounts(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		memory int64
		unread string
	}{
		{"with a sidecar", vector(one("istio-proxy", "etl-driver", "9e9"), one("spark-kubernetes-driver", "etl-driver", "5")), 5, "which of their 2 containers holds Spark"}, // as executors
		{"one of another name", vector(one("main", "etl-driver", "5")), 5, ""},
		{"two of other names", vector(one("main", "etl-driver", "5"), one("agent", "etl-driver", "5")), 0, "which of their 2 containers holds Spark is not certain"},
		{"nothing", vector(), 0, "no container_memory_working_set_bytes of their pods"},
		{"names that cannot be", vector(one("spark-kubernetes-driver", "\x1b[31m", "5"), one("\u202e", "etl-driver", "7")), 0, "no container_memory"},
	} {
		s, asked := serve(t, c.answer)
		pods, err := s.Pods(t.Context(), etl())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := int64(0)
		if pods.Driver != nil {
			got = pods.Driver.MemoryBytes
		}
		if text := strings.Join(pods.Unread, "\n"); got != c.memory || !strings.Contains(text, c.unread) || c.unread == "" && text != "" || asked.Load() > 12 {
			t.Errorf("%s: %+v, %q, %d queries", c.name, pods, text, asked.Load())
		}
	}
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"status":"success","warnings":["store 2 is down"],"data":{"resultType":"vector","result":[`+one("spark-kubernetes-driver", "etl-driver", "5")+`]}}`)
	})
	if pods, err := s.Pods(t.Context(), etl()); err != nil || !pods.Partial || !strings.Contains(strings.Join(pods.Unread, "\n"), "incomplete: store 2 is down") {
		t.Errorf("%+v %v", pods, err)
	}
	run := etl()
	run.Spark["spark.master"] = "local[2]"
	if pods, err := s.Pods(t.Context(), run); err != nil || pods.Driver != nil || len(pods.Unread) != 1 {
		t.Errorf("%+v %v", pods, err)
	}
}
