//go:build unix

package store

import (
	"fmt"
	"testing"
)

func BenchmarkPut(b *testing.B) {
	for _, size := range []int{100 << 10, 1 << 20, 16 << 20, 64 << 20} {
		src := fill(1<<20, 1)
		data := make([]byte, size)
		for i := 0; i < size; i += copy(data[i:], src) {
		}
		dst := make([]byte, size)
		b.Run(fmt.Sprintf("memcpy/%s", Bytes(int64(size))), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				copy(dst, data)
			}
		})
		b.Run(fmt.Sprintf("warm/%s", Bytes(int64(size))), func(b *testing.B) {
			s := open(b, Config{Capacity: 512 << 20})
			b.SetBytes(int64(size))
			for b.Loop() {
				loc, err := s.Put(data)
				if err != nil {
					b.Fatal(err)
				}
				s.Free(loc)
			}
		})
		b.Run(fmt.Sprintf("cold/%s", Bytes(int64(size))), func(b *testing.B) {
			s := open(b, Config{Capacity: 512 << 20, SegmentSize: int64(size), Warm: -1})
			b.SetBytes(int64(size))
			for b.Loop() {
				loc, err := s.Put(data)
				if err != nil {
					b.Fatal(err)
				}
				s.Free(loc)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	s := open(b, Config{})
	loc, _ := s.Put(make([]byte, 1<<20))
	for b.Loop() {
		buf, _ := s.Open(loc, nil)
		buf.Release()
	}
}
