package codec

import (
	"encoding/binary"
	"fmt"
	"reflect"
)

// typeAt returns the type that the number k stands for.
func (d *decoder) typeAt(k uint64) (reflect.Type, error) {
	if k == ifaceNewType {
		if err := d.enter(); err != nil {
			return nil, err
		}
		t, err := d.readType()
		if err != nil {
			return nil, err
		}
		d.leave()
		d.types = append(d.types, t)
		return t, nil
	}
	if k < ifaceTypes {
		return nil, corrupt("a type is missing")
	}
	i := k - ifaceTypes
	if i < uint64(len(basics)) {
		return basics[i], nil
	}
	if i -= uint64(len(basics)); i >= uint64(len(d.types)) {
		return nil, corrupt("a type is used before it is described")
	}
	return d.types[i], nil
}

func (d *decoder) typeRef() (reflect.Type, error) {
	k, err := d.uint()
	if err != nil {
		return nil, err
	}
	return d.typeAt(k)
}

func (d *decoder) readType() (reflect.Type, error) {
	tag, err := d.byte()
	if err != nil {
		return nil, err
	}
	switch tag {
	case describeName:
		name, err := d.string()
		if t := registeredType(name); err == nil && t != nil {
			return t, nil
		}
		return nil, corrupt(fmt.Sprintf("the type %q is not registered here", name))
	case describeTable:
		name, err := d.string()
		if err != nil {
			return nil, err
		}
		if d.o.Types == nil {
			return nil, corrupt(fmt.Sprintf("the type %s was declared in a cell, and this process knows no cells", name))
		}
		return d.o.Types.TypeByName(name)
	case describeAddress:
		name, err := d.string()
		if err != nil {
			return nil, err
		}
		off, ok, err := d.address()
		if err != nil {
			return nil, err
		}
		layout, err := d.take(8)
		if err != nil {
			return nil, err
		}
		if !ok {
			return TypeByKey(name, binary.LittleEndian.Uint64(layout))
		}
		return typeAtOffset(off), nil
	}
	return d.readComposite(tag)
}

func (d *decoder) readComposite(tag byte) (reflect.Type, error) {
	switch tag {
	case describePointer, describeSlice:
		el, err := d.typeRef()
		if err != nil {
			return nil, err
		}
		if tag == describePointer {
			return reflect.PointerTo(el), nil
		}
		return reflect.SliceOf(el), nil
	case describeArray:
		n, err := d.uint()
		if err != nil {
			return nil, err
		}
		el, err := d.typeRef()
		if err != nil {
			return nil, err
		}
		if n > 1<<32 || el.Size() == 0 && n*steps(el) > 1<<16 {
			return nil, corrupt("an array's length is absurd")
		}
		return reflect.ArrayOf(int(n), el), nil
	case describeMap:
		k, err := d.typeRef()
		if err != nil {
			return nil, err
		}
		v, err := d.typeRef()
		if err != nil {
			return nil, err
		}
		if !k.Comparable() {
			return nil, corrupt("a map's key type is not comparable")
		}
		return reflect.MapOf(k, v), nil
	case describeStruct:
		return d.readStruct()
	}
	return nil, corrupt("an unknown kind of type")
}

func (d *decoder) readStruct() (reflect.Type, error) {
	n, err := d.count(4)
	if err != nil {
		return nil, err
	}
	fields := make([]reflect.StructField, n)
	for i := range fields {
		f := &fields[i]
		if f.Name, err = d.string(); err != nil {
			return nil, err
		}
		if f.PkgPath, err = d.string(); err != nil {
			return nil, err
		}
		tag, err := d.string()
		if err != nil {
			return nil, err
		}
		f.Tag = reflect.StructTag(tag)
		embedded, err := d.uint()
		if err != nil {
			return nil, err
		}
		f.Anonymous = embedded == 1
		if f.Type, err = d.typeRef(); err != nil {
			return nil, err
		}
	}
	return reflect.StructOf(fields), nil
}

// steps is how long it takes to hash or compare a value without memory: no input pays for it.
func steps(t reflect.Type) uint64 {
	n := uint64(1)
	switch t.Kind() {
	case reflect.Array:
		n += uint64(t.Len()) * steps(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			n += steps(t.Field(i).Type)
		}
	}
	return n
}
