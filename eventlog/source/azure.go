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
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/kubectl-spark/kubectl-spark/eventlog"
)

// azureStore is a container of Azure's Blob storage.
type azureStore struct {
	client *container.Client
	who    string
	page   int
}

// openAzure is the container that a URL names, as Hadoop writes it: abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH, or
// wasbs://CONTAINER@ACCOUNT.blob.core.windows.net/PATH. The same blobs lie behind both.
func openAzure(_ context.Context, u *url.URL, o *Options) (eventlog.Files, error) {
	name := u.User.Username()
	account, domain, _ := strings.Cut(u.Host, ".")
	if name == "" || account == "" || domain == "" {
		return nil, fmt.Errorf("no container or account is named: write %s://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH", u.Scheme)
	}
	if rest, is := strings.CutPrefix(domain, "dfs."); is {
		domain = "blob." + rest
	}
	opts := &container.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: o.client(0),
		Retry:     policy.RetryOptions{MaxRetries: -1}, // objects tries again
		Telemetry: policy.TelemetryOptions{Disabled: true},
	}}
	client, who, err := azureClient(account, domain, name, opts)
	if err != nil {
		return nil, err
	}
	s := azureStore{client, who, o.page}
	return newObjects(&calls{client.URL(), who, s.look, s.list, s.open, s.put}, root(u), o), nil
}

// azureDomains are those that get credentials.
var azureDomains = []string{"blob.core.windows.net", "blob.core.usgovcloudapi.net", "blob.core.chinacloudapi.cn", "blob.storage.azure.net", "blob.fabric.microsoft.com"}

// azureClient takes the first credentials that are there: those that az storage takes from the environment, then those of the default
// chain of Azure's own clients.
func azureClient(account, domain, name string, opts *container.ClientOptions) (client *container.Client, who string, err error) {
	target := "https://" + account + "." + domain + "/" + name
	switch {
	case os.Getenv("AZURE_STORAGE_CONNECTION_STRING") != "":
		who = "the environment (AZURE_STORAGE_CONNECTION_STRING)"
		client, err = container.NewClientFromConnectionString(os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), name, opts)
		if err == nil && !azureAccount(client.URL(), account) {
			return nil, "", fmt.Errorf("AZURE_STORAGE_CONNECTION_STRING is of another account than %s", account)
		}
	case !slices.Contains(azureDomains, domain):
		return nil, "", fmt.Errorf("%s.%s is not a domain of Azure, and gets no credentials: set AZURE_STORAGE_CONNECTION_STRING for it", account, domain)
	case os.Getenv("AZURE_STORAGE_KEY") != "":
		who = "the environment (AZURE_STORAGE_KEY)"
		var key *container.SharedKeyCredential
		if key, err = container.NewSharedKeyCredential(account, os.Getenv("AZURE_STORAGE_KEY")); err == nil {
			client, err = container.NewClientWithSharedKeyCredential(target, key, opts)
		}
	case os.Getenv("AZURE_STORAGE_SAS_TOKEN") != "":
		who = "the environment (AZURE_STORAGE_SAS_TOKEN)"
		client, err = container.NewClientWithNoCredential(target+"?"+strings.TrimPrefix(os.Getenv("AZURE_STORAGE_SAS_TOKEN"), "?"), opts)
	default:
		who = "Azure's default chain (environment, workload identity, managed identity, Azure CLI)"
		var chain azcore.TokenCredential
		if chain, err = azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: opts.ClientOptions}); err == nil {
			client, err = container.NewClient(target, chain, opts)
		}
	}
	if err != nil { // it may quote what it could not read
		return nil, "", fmt.Errorf("no credentials come from %s: they have another form", who)
	}
	return client, who, nil
}

// azureAccount says that a URL of a container belongs to an account: by its host, or for an emulator by its path.
func azureAccount(at, account string) bool {
	u, err := url.Parse(at)
	return err == nil && (strings.HasPrefix(u.Host, account+".") || strings.HasPrefix(u.Path, "/"+account+"/"))
}

// failed is an error of the client, in words.
func (s azureStore) failed(err error) error {
	var answer *azcore.ResponseError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &answer):
		return refusal(answer.StatusCode, answer.ErrorCode, s.who)
	case errors.As(err, new(interface{ NonRetriable() })): // no credential of the chain
		return fmt.Errorf("no credentials found; tried: %s", s.who)
	}
	return failure(err)
}

func (s azureStore) look(ctx context.Context, key string) (object, error) {
	found, err := s.client.NewBlobClient(key).GetProperties(ctx, nil)
	if err != nil {
		return object{}, s.failed(err)
	}
	for name, value := range found.Metadata { // a folder of a hierarchical account is a blob too
		if strings.EqualFold(name, "hdi_isfolder") && value != nil && *value == "true" {
			return object{}, errNone
		}
	}
	return object{key, value(found.ContentLength), string(value(found.ETag))}, nil
}

func (s azureStore) list(ctx context.Context, prefix string, visit func(object) bool) error {
	opts := &container.ListBlobsHierarchyOptions{Prefix: &prefix}
	if most := int32(s.page); most > 0 {
		opts.MaxResults = &most
	}
	pages := s.client.NewListBlobsHierarchyPager("/", opts)
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return s.failed(err)
		}
		if page.Segment == nil {
			return errors.New("the server's answer is not a list of blobs")
		}
		folders := map[string]bool{}
		for _, folder := range page.Segment.BlobPrefixes {
			folders[value(folder.Name)] = true
			if !visit(object{key: value(folder.Name)}) {
				return nil
			}
		}
		for _, item := range page.Segment.BlobItems {
			name := value(item.Name)
			if folders[name+"/"] || item.Properties == nil {
				continue
			}
			if !visit(object{name, value(item.Properties.ContentLength), string(value(item.Properties.ETag))}) {
				return nil
			}
		}
	}
	return nil
}

func (s azureStore) open(ctx context.Context, o object, from int64) (io.ReadCloser, error) {
	opts := &blob.DownloadStreamOptions{Range: blob.HTTPRange{Offset: from}}
	if o.version != "" {
		version := azcore.ETag(o.version)
		opts.AccessConditions = &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: &version}}
	}
	answer, err := s.client.NewBlobClient(o.key).DownloadStream(ctx, opts)
	if err != nil {
		return nil, s.failed(err)
	}
	return ranged(answer.Body, http.Header{"Content-Range": {value(answer.ContentRange)}}, from)
}

func (s azureStore) put(ctx context.Context, key string, data []byte) error {
	_, err := s.client.NewBlockBlobClient(key).Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), nil)
	return s.failed(err)
}

// value is what a pointer points to; the zero value for none.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
