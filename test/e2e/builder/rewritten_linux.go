package builder

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Java is the name of an image with a JRE, and Developer of one with a JDK. Dockerfiles begin from them.
const (
	Java      = "docker.io/library/eclipse-temurin:17-jre-jammy"
	Developer = "docker.io/library/eclipse-temurin:17-jdk-jammy"
)

// Bases makes the images that Dockerfiles begin from: of a Debian root with a JRE, whose home is given, and of the same with a JDK.
func (b *Builder) Bases(ctx context.Context, root, javaHome string) error {
	folder, err := b.Context(ctx, "java")
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "tar", "-C", root, "-cf", filepath.Join(folder, "root.tar"), ".").CombinedOutput(); err != nil {
		return fmt.Errorf("tar: %w: %s", err, out)
	}
	for _, base := range []struct{ image, text string }{
		{Java, "FROM scratch\nADD root.tar /\nENV JAVA_HOME=" + javaHome + "\n" + install("curl")}, // which the image of this name has, too

		{Developer, "FROM " + Java + "\n" + install("openjdk-17-jdk-headless")},
	} {
		if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(base.text), 0o644); err != nil {
			return err
		}
		if _, err := b.Build(ctx, base.image, folder); err != nil {
			return err
		}
	}
	return os.RemoveAll(folder)
}

func install(packages string) string {
	return "RUN apt-get update && apt-get install -y --no-install-recommends " + packages + " && rm -rf /var/lib/apt/lists/*\n"
}

// Mirror serves Spark's archives as Spark's own server does, made of unpacked PySpark distributions by version, until the context ends.
func (b *Builder) Mirror(ctx context.Context, homes map[string]string) (url string, err error) {
	folder := filepath.Join(b.dir, "mirror")
	for version, home := range homes {
		name := "spark-" + version + "-bin-hadoop3"
		file := filepath.Join(folder, "spark-"+version, name+".tgz")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return "", err
		}
		cmd := exec.CommandContext(ctx, "tar", "-C", home, "-I", "gzip -1", "-cf", file,
			"--transform", "s,^deps,"+name+",", "--transform", `s,^\(pyspark\|lib\),`+name+`/python/\1,`, "deps", "pyspark", "lib")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("tar: %w: %s", err, out)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: http.FileServer(http.Dir(folder)), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with the context
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), nil
}

// Rewritten is a Dockerfile that was built as it is, and as fix rewrites it.
type Rewritten struct {
	Name          string
	Before, After int64  // bytes of the images' layers, unpacked
	Fixed         string // what fix said
	Again         string // what a second build of the rewritten one did, after a source had changed
	Archive       string // of the rewritten image, which is Image
}

// Image is the name of the rewritten image on the node.
func (r Rewritten) Image() string { return "registry.test/built:" + r.Name }

// Rewrite builds the folder's Dockerfile, has fix rewrite it, and builds it again: twice, where the second time a source has changed.
func (b *Builder) Rewrite(ctx context.Context, kubectlSpark, folder, source string, arguments ...string) (r Rewritten, err error) {
	r.Name = filepath.Base(folder)
	size := func(tag string) (int64, error) {
		archive, err := b.Save(ctx, "localhost/built:"+r.Name+tag, r.Image()+tag)
		if err != nil {
			return 0, err
		}
		r.Archive = archive
		info, err := os.Stat(archive)
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	if _, err := b.Build(ctx, "localhost/built:"+r.Name+"-before", folder, arguments...); err != nil {
		return r, err
	}
	if r.Before, err = size("-before"); err != nil {
		return r, err
	}
	if err := os.Remove(r.Archive); err != nil {
		return r, err
	}
	fix := exec.CommandContext(ctx, kubectlSpark, "fix", "-f", "Dockerfile", "--all", "--write")
	fix.Dir = folder
	out, err := fix.CombinedOutput()
	if r.Fixed = string(out); err != nil {
		return r, fmt.Errorf("fix of %s: %w\n%s", r.Name, err, out)
	}
	if _, err := b.Build(ctx, "localhost/built:"+r.Name, folder, arguments...); err != nil {
		return r, err
	}
	text, err := os.ReadFile(filepath.Join(folder, source))
	if err != nil {
		return r, err
	}
	if err := os.WriteFile(filepath.Join(folder, source), append(text, "# changed\n"...), 0o644); err != nil {
		return r, err
	}
	if r.Again, err = b.Build(ctx, "localhost/built:"+r.Name, folder, arguments...); err != nil {
		return r, err
	}
	r.After, err = size("")
	return r, err
}

// Rebuilt are the steps of a build that were not taken from the cache.
func Rebuilt(log string) (steps []string) {
	step := ""
	for line := range strings.Lines(log) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "STEP "):
			if step != "" {
				steps = append(steps, step)
			}
			_, step, _ = strings.Cut(line, ": ")
		case strings.HasPrefix(line, "--> Using cache"):
			step = ""
		}
	}
	if step != "" {
		steps = append(steps, step)
	}
	return steps
}
