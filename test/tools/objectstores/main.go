// Command objectstores serves an empty bucket "logs" of S3 in memory, prints its URL, and ends with its standard input. It is a module of
// its own, for what the server brings is no part of the product.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func main() {
	log.SetFlags(0)
	backend := s3mem.New()
	if err := backend.CreateBucket("logs"); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(http.Serve(listener, gofakes3.New(backend).Server())) }()
	fmt.Printf("http://%s\n", listener.Addr())
	io.Copy(io.Discard, os.Stdin)
}
