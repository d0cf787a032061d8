// Package protobuf reads answers of an API server in protobuf as the bytes that stand there: a list is cut into its objects, and
// pods that differ in nothing but names and state are told to be alike, before anything is decoded. Start reading at Split.
package protobuf

import (
	"bytes"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/runtime"
)

// ListType and NamesType are what a request for a list accepts, or for the metadata of its objects alone: JSON where a server has
// nothing better.
const (
	ListType  = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	NamesType = runtime.ContentTypeProtobuf + asNames + "," + runtime.ContentTypeJSON + asNames
	asNames   = ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// magic stands before every object in protobuf (k8s.io/apimachinery/pkg/runtime/serializer/protobuf).
const magic = "k8s\x00"

// Is says whether an answer is protobuf.
func Is(answer []byte) bool { return bytes.HasPrefix(answer, []byte(magic)) }

// Numbers of fields that every list has: metadata and items, and in metadata the mark by which it goes on.
const (
	listMeta     = 1
	listItems    = 2
	metaContinue = 3
	envelopeRaw  = 2
)

var errBroken = errors.New("the protobuf is broken")

// Split cuts a list into its objects, which share its bytes, and says by which mark it goes on; "" where it ends.
func Split(answer []byte) (items [][]byte, more string, err error) {
	list, err := only(answer[len(magic):], envelopeRaw)
	if err != nil {
		return nil, "", err
	}
	err = fields(list, func(number protowire.Number, _ protowire.Type, value, _ []byte) error {
		switch number {
		case listMeta:
			mark, err := only(value, metaContinue)
			more = string(mark)
			return err
		case listItems:
			items = append(items, value)
		}
		return nil
	})
	return items, more, err
}

// fields visits the fields of a message: what each holds, without its length, and the whole of it.
func fields(message []byte, visit func(number protowire.Number, kind protowire.Type, value, whole []byte) error) error {
	for len(message) > 0 {
		number, kind, tag := protowire.ConsumeTag(message)
		if tag < 0 {
			return fmt.Errorf("%w: %w", errBroken, protowire.ParseError(tag))
		}
		size := protowire.ConsumeFieldValue(number, kind, message[tag:])
		if size < 0 {
			return fmt.Errorf("%w: %w", errBroken, protowire.ParseError(size))
		}
		whole := message[: tag+size : tag+size]
		value := whole[tag:]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(value)
		}
		if err := visit(number, kind, value, whole); err != nil {
			return err
		}
		message = message[tag+size:]
	}
	return nil
}

// only is what the last field of a number holds; nil where the message has none.
func only(message []byte, wanted protowire.Number) (held []byte, err error) {
	err = fields(message, func(number protowire.Number, kind protowire.Type, value, _ []byte) error {
		if number == wanted && kind == protowire.BytesType {
			held = value
		}
		return nil
	})
	return held, err
}
