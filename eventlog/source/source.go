// Package source reads event logs where they lie: on this machine, in the object stores of three clouds, on a History server, and
// on a volume of the cluster. Nothing is fetched but what the given name stands for. Start reading at Open. Put writes a file there.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// Options are what the user gave besides the name of a log, and what the process has. Its zero value reads from this machine.
type Options struct {
	Stdin io.Reader
	// Cluster is how the API server is reached, for a volume; it is called only then.
	Cluster func() (*rest.Config, error)
	Pod     PodOptions
	// Mounted is the folder in which the claim of a pvc:// URL is mounted on this machine; "" where a pod has to read it.
	Mounted string
	// Say gets a note for the user; it may be nil.
	Say func(note string)

	write    bool          // an object is to be written, too
	idle     time.Duration // how long a connection may be silent; 0 stands for idleTimeout
	listing  time.Duration // how long the listing of a folder may take; 0 stands for listTimeout
	pause    time.Duration // before a second try; 0 stands for retryPause
	patience time.Duration // until a pod runs; 0 stands for podPatience
	page     int           // how many objects a page of a list has at most; 0 leaves that to the server
}

// scheme is a kind of place that a URL names.
type scheme struct {
	names []string
	open  func(ctx context.Context, u *url.URL, o *Options) (eventlog.Files, error)
}

func schemes() []scheme {
	return []scheme{
		{[]string{"s3", "s3a"}, openS3},
		{[]string{"gs"}, openGCS},
		{[]string{"abfss", "wasbs"}, openAzure},
		{[]string{"pvc"}, openVolume},
	}
}

// Schemes are the beginnings of URLs that Open takes.
func Schemes() (all []string) {
	for _, s := range schemes() {
		for _, name := range s.names {
			all = append(all, name+"://")
		}
	}
	return all
}

// Open is the place that a name stands for, and the path of the log in it. done releases what the reading needed, and is to be called
// also where the context has ended.
func Open(ctx context.Context, name string, o Options) (files eventlog.Files, path string, done func() error, err error) {
	done = func() error { return nil }
	u, of, err := parse(name)
	if err != nil {
		return nil, "", nil, err
	}
	if of == nil {
		return eventlog.Disk{}, name, done, nil
	}
	if files, err = of.open(ctx, u, &o); err != nil {
		return nil, "", nil, fmt.Errorf("%s: %w", name, err)
	}
	if closer, is := files.(interface{ close() error }); is {
		done = closer.close
	}
	return files, root(u) + u.Path, done, nil
}

// Path is the path that Open gives for a name, or its error. Nothing is opened.
func Path(name string) (string, error) {
	u, of, err := parse(name)
	if err != nil || of == nil {
		return name, err
	}
	return root(u) + u.Path, nil
}

// parse reads the name of a log: the URL, and the kind of place that it names; nil for this machine.
func parse(name string) (*url.URL, *scheme, error) {
	before, _, is := strings.Cut(name, "://")
	if !is || before == "" || strings.ContainsAny(before, `/\.`) {
		return nil, nil, nil
	}
	u, err := url.Parse(strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23").Replace(name)) // a path in a store is no path of the web
	secret := signed(name)
	if err == nil && u.User != nil {
		_, has := u.User.Password()
		secret = secret || has
	} else if err != nil { // of what cannot be read only the scheme is shown where it may hold a password
		secret = secret || strings.ContainsAny(name, "@")
	}
	switch {
	case secret:
		return nil, nil, errors.New("the URL of a log holds credentials; remove them, for they come from the environment or from files")
	case err != nil:
		return nil, nil, fmt.Errorf("%s: not a URL: %w", name, bareURL(err))
	}
	for _, s := range schemes() {
		for _, known := range s.names {
			if strings.EqualFold(before, known) {
				return u, &s, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("%s: unknown scheme %q: give a file, a folder, or a URL that begins with %s", name, before, strings.Join(Schemes(), ", "))
}

// signed says whether a URL ends in a signature or a token, as a shared access signature or a presigned URL does.
func signed(name string) bool {
	_, query, _ := strings.Cut(name, "?")
	for _, pair := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		key, _, is := strings.Cut(strings.ToLower(pair), "=")
		switch {
		case !is:
		case key == "sig", key == "signature", key == "token", strings.HasSuffix(key, "-signature"), strings.HasSuffix(key, "-security-token"), strings.HasSuffix(key, "accesskeyid"), strings.HasSuffix(key, "_token"):
			return true
		}
	}
	return false
}

// root is the URL of the bucket or container that a URL names.
func root(u *url.URL) string {
	r := url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}
	return r.String()
}

// bareURL is the reason why a URL cannot be read, without the URL.
func bareURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// Read reads the log that a name stands for.
func Read(ctx context.Context, name string, o Options, progress func(read, total int64)) (log *eventlog.Log, err error) {
	if name == "-" {
		return eventlog.Read(ctx, name, o.Stdin, progress)
	}
	files, path, done, err := Open(ctx, name, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := done(); err == nil {
			err = closed
		}
	}()
	return eventlog.ReadFrom(ctx, files, path, progress)
}

// Folder reads every log in the folder that a name stands for.
func Folder(ctx context.Context, name string, o Options, progress func(done, of int), visit func(name string, log *eventlog.Log, err error)) (err error) {
	files, path, done, err := Open(ctx, name, o)
	if err != nil {
		return err
	}
	defer func() {
		if closed := done(); err == nil {
			err = closed
		}
	}()
	return eventlog.Folder(ctx, files, path, progress, visit)
}
