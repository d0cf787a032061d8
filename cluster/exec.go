package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
)

// maxSaid bounds what is kept of what a command in a container writes, in bytes.
const maxSaid = 64 << 10

// Exec runs a command in a container and gives the beginning of what it writes.
func (r *Reader) Exec(ctx context.Context, namespace, pod, container string, command ...string) ([]byte, error) {
	request := r.client.Post().AbsPath("/api/v1/namespaces", namespace, "pods", pod, "exec").Param("container", container).Param("stdout", "true").Param("stderr", "true")
	for _, word := range command {
		request = request.Param("command", word)
	}
	socket, err := remotecommand.NewWebSocketExecutor(r.config, http.MethodGet, request.URL().String())
	if err != nil {
		return nil, err
	}
	out, said := &beginning{most: maxSaid}, &beginning{most: 200}
	err = socket.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: out, Stderr: said})
	var exit utilexec.CodeExitError
	switch {
	case err == nil:
		return out.Bytes(), nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s did not end in time", command[0])
	case errors.As(err, &exit):
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return nil, fmt.Errorf("%s ended with exit code %d: %s", command[0], exit.Code, line)
	}
	return nil, err
}

// beginning keeps the beginning of what is written.
type beginning struct {
	bytes.Buffer
	most int
}

func (b *beginning) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), max(b.most-b.Len(), 0))])
	return len(p), nil
}
