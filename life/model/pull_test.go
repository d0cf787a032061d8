package model

import (
	"testing"
	"time"
)

// TestAPullIsReadFromTheKubeletsWords, of its versions; another Event of the reason is none.
func TestAPullIsReadFromTheKubeletsWords(t *testing.T) {
	for message, want := range map[string]Pull{
		`Successfully pulled image "registry.example/team/etl:1.4" in 1.2s (3.4s including waiting). Image size: 812345678 bytes.`: {Took: 1200 * time.Millisecond, Waited: 3400 * time.Millisecond, Bytes: 812345678},
		`Successfully pulled image "registry.example/team/etl:1.4" in 1m25.341s (1m25.341s including waiting)`:                     {Took: 85341 * time.Millisecond, Waited: 85341 * time.Millisecond},
		`Successfully pulled image "registry.example/team/etl:1.4" in 812.5ms`:                                                     {Took: 812500 * time.Microsecond, Waited: 812500 * time.Microsecond},
		`Container image "registry.example/team/etl:1.4" already present on machine`:                                               {},
		`Successfully pulled image "registry.example/team/etl:1.4" in forever`:                                                     {},
		`Successfully pulled image "registry.example/team/etl:1.4" in -3s`:                                                         {},
	} {
		got, is := PullOf(&Event{Namespace: "a", Kind: "Pod", Name: "b", Reason: Pulled, Message: message})
		if want.Took > 0 {
			want.Namespace, want.Pod, want.Image = "a", "b", "registry.example/team/etl:1.4"
		}
		if got != want || is != (want.Took > 0) {
			t.Errorf("%s: %+v %v", message, got, is)
		}
	}
	e := NewEvents()
	for _, one := range []Event{{Kind: "Pod", Name: "x", Reason: Pulled, Message: `Successfully pulled image "i" in 2s`}, {Kind: "Pod", Name: "y", Reason: Pulled, Message: `Successfully pulled image "i" in 5s`},
		{Kind: "Pod", Name: "z", Reason: "Pulling", Message: `Successfully pulled image "i" in 5s`}, {Kind: "Job", Name: "z", Reason: Pulled, Message: `Successfully pulled image "i" in 5s`}} {
		e.Add(one)
	}
	if all := e.Pulls(func(*Pull) bool { return true }); len(all) != 2 || all[0].Pod != "y" {
		t.Errorf("%+v", all)
	}
}
