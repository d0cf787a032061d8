package image

import (
	"net"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/image"
	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	pages "github.com/kubectl-spark/kubectl-spark/report/image"
)

// TestARegistryThatDoesNotAnswerIsAskedOnce, and each of its images says so.
func TestARegistryThatDoesNotAnswerIsAskedOnce(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := listener.Addr().String()
	listener.Close()
	u := &used{done: map[*pages.Listed]*model.Image{}, logins: map[*pages.Listed]image.Login{}}
	for _, name := range []string{"/team/a:1", "/team/b:1", "/team/c:1"} {
		u.images = append(u.images, &pages.Listed{Reference: host + name})
	}
	if err := u.read(t.Context(), session.New(genericiooptions.NewTestIOStreamsDiscard(), nil, "test"), nil, nil, image.Options{Layers: image.Never}); err != nil || !u.failed {
		t.Fatal(err, u.failed)
	}
	for i, one := range u.images {
		if again := strings.Contains(one.Error, "not asked again"); !strings.Contains(one.Error, host) || again != (i > 0) {
			t.Errorf("%s: %q", one.Reference, one.Error)
		}
	}
}
