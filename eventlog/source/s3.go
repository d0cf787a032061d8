package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// s3Store is a bucket of S3, or of a server that speaks its protocol.
type s3Store struct {
	core   *minio.Core
	bucket string
	who    string // whose credentials are used
	page   int
}

const s3Endpoint = "https://s3.amazonaws.com"

// openS3 is the bucket that a URL names. Where the server is, and as whom it is asked, says what AWS' own tools read too.
func openS3(ctx context.Context, u *url.URL, o *Options) (eventlog.Files, error) {
	if u.Host == "" {
		return nil, errors.New("no bucket is named: write s3://BUCKET/PATH")
	}
	variable, at := "AWS_ENDPOINT_URL_S3", os.Getenv("AWS_ENDPOINT_URL_S3")
	if at == "" {
		variable, at = "AWS_ENDPOINT_URL", os.Getenv("AWS_ENDPOINT_URL")
	}
	if at == "" {
		at = s3Endpoint
	}
	server, err := url.Parse(at)
	if err != nil || server.Host == "" || server.Scheme != "http" && server.Scheme != "https" {
		return nil, fmt.Errorf("%s is not the URL of a server: write https://HOST:PORT", variable)
	}
	creds, who, err := s3Credentials(ctx, o)
	if err != nil {
		return nil, err
	}
	region := os.Getenv("AWS_REGION")
	if region == "" {
		region = os.Getenv("AWS_DEFAULT_REGION")
	}
	core, err := minio.NewCore(server.Host, &minio.Options{
		Creds: creds, Secure: server.Scheme == "https", Region: region, Transport: o.transport(), MaxRetries: 1, // objects tries again
	})
	if err != nil {
		return nil, err
	}
	s := s3Store{core, u.Host, who, o.page}
	return newObjects(&calls{server.String(), who, s.look, s.list, s.open, s.put}, root(u), o), nil
}

// failed is an error of the client, in words.
func (s s3Store) failed(err error) error {
	var answer minio.ErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &answer) && answer.StatusCode != 0:
		return refusal(answer.StatusCode, answer.Code, s.who)
	case errors.As(err, &answer) && answer.Code != "":
		return fmt.Errorf("the client of S3 refused: %s", strings.TrimSuffix(answer.Message, "."))
	}
	return failure(err)
}

func (s s3Store) look(ctx context.Context, key string) (object, error) {
	info, err := s.core.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
	return object{key, info.Size, info.ETag}, s.failed(err)
}

func (s s3Store) list(ctx context.Context, prefix string, visit func(object) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing
	for info := range s.core.Client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix, MaxKeys: s.page}) {
		if info.Err != nil {
			return s.failed(info.Err)
		}
		if !visit(object{info.Key, info.Size, info.ETag}) {
			return nil
		}
	}
	return ctx.Err()
}

func (s s3Store) open(ctx context.Context, o object, from int64) (io.ReadCloser, error) {
	var opts minio.GetObjectOptions
	if o.version != "" {
		if err := opts.SetMatchETag(o.version); err != nil {
			return nil, err
		}
	}
	if from > 0 {
		opts.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	body, _, header, err := s.core.GetObject(ctx, s.bucket, o.key, opts)
	if err != nil {
		return nil, s.failed(err)
	}
	return ranged(body, header, from)
}

func (s s3Store) put(ctx context.Context, key string, data []byte) error {
	_, err := s.core.PutObject(ctx, s.bucket, key, bytes.NewReader(data), int64(len(data)), "", "", minio.PutObjectOptions{})
	return s.failed(err)
}

// ranged refuses an answer that begins elsewhere than it was asked to.
func ranged(body io.ReadCloser, header http.Header, from int64) (io.ReadCloser, error) {
	if from > 0 && !strings.HasPrefix(header.Get("Content-Range"), fmt.Sprintf("bytes %d-", from)) {
		body.Close()
		return nil, errors.New("the server cannot continue an object where a connection broke")
	}
	return body, nil
}
