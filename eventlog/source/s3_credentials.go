package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// metadataTimeout bounds asking the machine who it is: on most machines nothing answers.
const metadataTimeout = 2 * time.Second

// s3Provider is one source of credentials. Of one that was set up a failure is an error, and no other is asked.
type s3Provider struct {
	name  string
	setUp bool
	from  credentials.Provider
}

// s3Providers are the sources of credentials, in the order of AWS' own tools.
func s3Providers(o *Options) (all []s3Provider) {
	if os.Getenv("AWS_ACCESS_KEY_ID") != "" || os.Getenv("AWS_SECRET_ACCESS_KEY") != "" {
		all = append(all, s3Provider{"the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)", true, &credentials.EnvAWS{}})
	}
	profile := os.Getenv("AWS_PROFILE")
	all = append(all, s3Provider{"profile " + cmp.Or(profile, "default") + " of the AWS files", profile != "", &credentials.FileAWSCredentials{Profile: profile}})
	iam := &credentials.IAM{Region: os.Getenv("AWS_REGION")}
	switch {
	case os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "":
		return append(all, s3Provider{"workload identity (AWS_WEB_IDENTITY_TOKEN_FILE)", true, iam})
	case os.Getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")+os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") != "":
		return append(all, s3Provider{"the container's role (AWS_CONTAINER_CREDENTIALS_*)", true, iam})
	case strings.EqualFold(os.Getenv("AWS_EC2_METADATA_DISABLED"), "true"):
		return all
	}
	iam.Client = o.client(metadataTimeout)
	return append(all, s3Provider{"the machine's role (IMDS)", false, iam})
}

// s3Credentials are the first credentials that are there, and whose they are. Where there are none the bucket is asked without, for it
// may be public, and who says what was tried.
func s3Credentials(ctx context.Context, o *Options) (creds *credentials.Credentials, who string, err error) {
	client := o.client(lookTimeout)
	var tried []string
	for _, p := range s3Providers(o) {
		c := credentials.New(p.from)
		value, err := c.GetWithContext(&credentials.CredContext{Client: client, Context: ctx})
		switch {
		case err == nil && value.AccessKeyID != "" && value.SecretAccessKey != "":
			return c, p.name, nil
		case ctx.Err() != nil:
			return nil, "", context.Cause(ctx)
		case p.setUp && err == nil:
			return nil, "", fmt.Errorf("no credentials come from %s: it lacks a key", p.name)
		case p.setUp:
			return nil, "", fmt.Errorf("no credentials come from %s: %w", p.name, unwrapped(err))
		}
		tried = append(tried, p.name)
	}
	return credentials.NewStatic("", "", "", credentials.SignatureAnonymous), "none found (tried: the environment, " + strings.Join(tried, ", ") + ")", nil
}

// unwrapped is an error without the URL that was asked, which may hold a token.
func unwrapped(err error) error {
	if again := (tryAgain{}); errors.As(failure(err), &again) {
		return again.error
	}
	return err
}
