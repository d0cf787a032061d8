package attack

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
)

// TestAReviewUnderWayIsAnsweredBeforeTheServerEnds: the signal to end comes in the middle of a review's upload. While the server drains it
// takes others; then it takes none, and answers those that it has: what is left of the upload arrives, and all of the work is done,
// after the server has begun to end.
func TestAReviewUnderWayIsAnsweredBeforeTheServerEnds(t *testing.T) {
	s := start(t, "--drain=1s")
	host := strings.TrimSuffix(strings.TrimPrefix(s.url, "https://"), "/mutate")
	reviews := map[string][]byte{"an ordinary pod": ordinary(t), "10,000 variables": with(t, `"env":[`, variables(10_000)), "60,000 variables": with(t, `"env":[`, variables(60_000))}
	under := map[string]*tls.Conn{}
	for name, body := range reviews {
		conn, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:len(body)/2])
		under[name] = conn
	}
	time.Sleep(100 * time.Millisecond) // it has begun to read all of them
	if err := syscall.Kill(s.pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if r, err := send(client(), s.url, ordinary(t)); err != nil || len(r.Patch) == 0 {
		t.Errorf("while it drains: %v %v", r, err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			break // it takes no more
		}
		_ = conn.Close()
		if time.Now().After(end) {
			t.Fatal("it takes connections ten seconds after the signal to end")
		}
	}
	for name, body := range reviews {
		if _, err := under[name].Write(body[len(body)/2:]); err != nil {
			t.Errorf("%s: the rest of the upload: %v", name, err)
			continue
		}
		_ = under[name].SetReadDeadline(time.Now().Add(10 * time.Second))
		resp, err := http.ReadResponse(bufio.NewReader(under[name]), nil)
		if err != nil {
			t.Errorf("%s: the answer: %v", name, err)
			continue
		}
		var review admissionv1.AdmissionReview
		err = json.NewDecoder(resp.Body).Decode(&review)
		_ = resp.Body.Close()
		if r := review.Response; err != nil || r == nil || !r.Allowed || r.UID == "" || len(r.Patch) == 0 && r.Result == nil {
			t.Errorf("%s: answered with %+v, %v", name, r, err)
		} else if name == "an ordinary pod" && len(r.Patch) == 0 {
			t.Errorf("%s is not injected: %v", name, r.Result)
		}
	}
	select {
	case <-s.ended:
		if s.err != nil {
			t.Errorf("the server ended with %v", s.err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the server has answered everything, and does not end")
	}
}
