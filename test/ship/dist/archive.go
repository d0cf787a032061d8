package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// member is one file of an archive.
type member struct {
	name string
	mode int64
	data []byte
}

// writeArchive writes the members in their order, all of one time, owned by root: .zip for Windows, .tar.gz for the rest.
func writeArchive(path string, asZip bool, at time.Time, members []member) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if asZip {
		err = writeZip(file, at, members)
	} else {
		err = writeTar(file, at, members)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func writeTar(w io.Writer, at time.Time, members []member) error {
	zipped, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	all := tar.NewWriter(zipped)
	for _, m := range members {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: m.name, Mode: m.mode, Size: int64(len(m.data)), ModTime: at, Format: tar.FormatUSTAR}
		if err := all.WriteHeader(header); err != nil {
			return err
		}
		if _, err := all.Write(m.data); err != nil {
			return err
		}
	}
	return errors.Join(all.Close(), zipped.Close())
}

func writeZip(w io.Writer, at time.Time, members []member) error {
	all := zip.NewWriter(w)
	for _, m := range members {
		header := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: at}
		header.SetMode(os.FileMode(m.mode))
		entry, err := all.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := entry.Write(m.data); err != nil {
			return err
		}
	}
	return all.Close()
}
