package attack

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	admissionv1 "k8s.io/api/admission/v1"

	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
	"github.com/kubectl-spark/kubectl-spark/test/floor"
)

// highWater is the most memory that the server may ever have held, in bytes.
const highWater = 128 << 20

// server is a process that answers reviews, without a cluster.
type server struct {
	url   string
	ca    []byte // where it is known
	pid   int
	ended chan struct{} // closed when the process has ended
	err   error         // how it ended
	on    *unix.CPUSet  // the processors that are its alone, and its bystanders'; nil: all are everybody's
}

var programs string // the folder of the program

// asFloor names the variable by which a test starts this program as the floor.
const asFloor = "KUBECTL_SPARK_ATTACK_FLOOR"

func TestMain(m *testing.M) {
	if os.Getenv(asFloor) != "" {
		panic(floor.Serve(os.Stderr))
	}
	if servers := os.Getenv(asBystander); servers != "" {
		if err := ask(strings.Split(servers, ","), os.Stdin, os.Stdout); err != nil {
			panic(err)
		}
		return
	}
	var err error
	if programs, err = os.MkdirTemp("", "kubectl-spark-attack-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(programs)
	os.Exit(code)
}

// program is built once for all tests.
var program = sync.OnceValues(func() (path string, err error) {
	path = filepath.Join(programs, "spark-webhook")
	out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, "github.com/kubectl-spark/kubectl-spark/cmd/spark-webhook").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// start runs a spark-webhook.
func start(t *testing.T, flags ...string) *server {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, append([]string{"--cluster=false", "--listen=127.0.0.1:0", "--metrics-listen=", "--drain=0s"}, flags...)...)
	cmd.Env = append(os.Environ(), "GOGC=") // it says itself when garbage is collected
	return serve(t, cmd)
}

// startFloor runs the least that a webhook does.
func startFloor(t *testing.T) *server {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "GOGC=", asFloor+"=1")
	return serve(t, cmd)
}

var addressOf = regexp.MustCompile(`"address":"([^"]+)"(?:,"ca":("[^"]+"))?`)

// serve starts a server and waits for the line of its log that holds its address.
func serve(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{pid: cmd.Process.Pid, ended: make(chan struct{})}
	lines, ready := bufio.NewScanner(log), make(chan []string, 1)
	go func() {
		for lines.Scan() {
			if m := addressOf.FindStringSubmatch(lines.Text()); m != nil && len(ready) == 0 {
				ready <- m
			}
		}
		_, _ = io.Copy(io.Discard, log) // a line that is too long ends the loop, not the process
		s.err = cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-s.ended })
	select {
	case at := <-ready:
		s.url = "https://" + at[1] + "/mutate"
		if text, err := strconv.Unquote(at[2]); err == nil {
			s.ca = []byte(text)
		}
	case <-s.ended:
		t.Fatalf("the server ended before it served: %v", s.err)
	}
	return s
}

// held is the most memory that the process has held, in bytes.
func (s *server) held(t *testing.T) int {
	t.Helper()
	return s.memory(t, "VmHWM")
}

// memory is a figure of the process's memory, in bytes.
func (s *server) memory(t *testing.T, figure string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(figure + `:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no %s in %s", figure, status)
	}
	kib, _ := strconv.Atoi(string(m[1]))
	return kib << 10
}

func client() *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: 64}}
}

// send gives the answer to a review; every answer must allow.
func send(c *http.Client, url string, body []byte) (*admissionv1.AdmissionResponse, error) {
	resp, err := c.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(resp.Body).Decode(&review); err != nil {
		return nil, err
	}
	if review.Response == nil || !review.Response.Allowed {
		return nil, fmt.Errorf("not allowed: %+v", review.Response)
	}
	return review.Response, nil
}

func ordinary(t *testing.T) []byte {
	t.Helper()
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Name == "native/4.3.0/executor" {
			return f.Review
		}
	}
	t.Fatal("no captured executor")
	return nil
}

// with puts text behind the first place where the review has at.
func with(t *testing.T, at, text string) []byte {
	t.Helper()
	review := string(ordinary(t))
	if !strings.Contains(review, at) {
		t.Fatalf("the captured review has no %s", at)
	}
	return []byte(strings.Replace(review, at, at+text, 1))
}

const longest = "a label of 7.9 MB" // forty of it are sent at once

// reviews are what a tenant may have the API server send, by what is too much in it.
func reviews(t *testing.T) map[string][]byte {
	return map[string][]byte{
		"300,000 empty containers":     with(t, `"containers":[`, strings.Repeat("{},", 300_000)),
		"250,000 empty volumes":        with(t, `"volumes":[`, strings.Repeat("{},", 250_000)),
		"16,000 containers, allowed":   with(t, `"containers":[`, strings.Repeat("{},", 16_000)),
		"10,000 variables, allowed":    with(t, `"env":[`, variables(10_000)),
		"60,000 variables":             with(t, `"env":[`, variables(60_000)),
		"options of 2.8 MB":            with(t, `"env":[`, `{"name":"SPARK_SUBMIT_OPTS","value":"`+strings.Repeat("-a ", 930_000)+`"},`),
		"options of 250 KiB, allowed":  with(t, `"env":[`, `{"name":"SPARK_SUBMIT_OPTS","value":"`+strings.Repeat("-a ", 83_000)+`"},`),
		longest:                        with(t, `"labels":{`, `"a":"`+strings.Repeat("x", 7_900_000)+`",`),
		"a list 5,000 deep":            with(t, `"spec":{`, `"x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`,`),
		"an object of 100,000 members": with(t, `"labels":{`, members(100_000)),
	}
}

func variables(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"name":"SPARK_JAVA_OPT_%d","value":"-Da=%d"},`, i, i)
	}
	return b.String()
}

func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":"",`, i)
	}
	return b.String()
}

// TestWhatATenantSendsFitsIntoMemory sends all of it at once, from connections that only declare a body as well, while
// somebody else's ordinary pods are created: all of those are injected, and nothing is refused.
func TestWhatATenantSendsFitsIntoMemory(t *testing.T) {
	s := start(t)
	good := ordinary(t)
	bystander := client()
	if r, err := send(bystander, s.url, good); err != nil || len(r.Patch) == 0 {
		t.Fatalf("an ordinary pod: %v", err)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(s.url, "https://"), "/mutate")
	for range 240 {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n{")
	}
	var tenant sync.WaitGroup
	var mu sync.Mutex
	answered := map[string]int{} // by what was sent; on a busy machine some of it is cut off by the server's time limit
	attacker := client()
	for name, body := range reviews(t) {
		senders, times := 8, 3
		if name == longest {
			senders, times = 40, 1
		}
		for range senders {
			tenant.Go(func() {
				for range times {
					r, err := send(attacker, s.url, body)
					if err != nil {
						t.Logf("%s: %v", name, err)
						return
					}
					mu.Lock()
					answered[name]++
					mu.Unlock()
					if !strings.HasSuffix(name, "allowed") && (r.Patch != nil || r.Result == nil || !strings.Contains(r.Result.Message, "left as it is") || r.UID == "") {
						t.Errorf("%s: answered with %v", name, r.Result)
					}
				}
			})
		}
	}
	quiet := make(chan struct{})
	go func() { tenant.Wait(); close(quiet) }()
	left := 0 // as they were
	for sent := 1; ; sent++ {
		select {
		case <-quiet:
			t.Logf("%d ordinary pods beside it, %d of them left as they were", sent, left)
			// On a machine that is busy with other tests as well, one or the other waits too long.
			if left > 2+sent/50 {
				t.Errorf("%d of %d ordinary pods were not injected", left, sent)
			}
			for name := range reviews(t) {
				if answered[name] == 0 {
					t.Errorf("%s: never answered", name)
				}
			}
			if held := s.held(t); held > highWater {
				t.Errorf("the server held %d MiB, want at most %d", held>>20, highWater>>20)
			} else {
				t.Logf("the server held %d MiB at the most", held>>20)
			}
			return
		default:
		}
		if r, err := send(bystander, s.url, good); err != nil || len(r.Patch) == 0 {
			left++
			t.Logf("ordinary pod %d was not injected: %v %v", sent, r, err)
		}
	}
}
