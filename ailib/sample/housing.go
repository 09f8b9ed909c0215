package sample

import (
	"bufio"
	"fmt"
	"os"
)

// block is a row of the housing sample: a district of California. Income is in units of a dollar
// a year, places in hundredths of a degree.
type block struct {
	longitude, latitude                          int64
	age, rooms, bedrooms, population, households int64
	income, value                                int64
}

// What the real districts look like, rounded.
var (
	// towns are where people live: longitude, latitude, reach, share, and the price of the place in
	// per cent of the average.
	towns = [][5]int64{
		{-11825, 3405, 35, 300, 118}, {-11790, 3375, 25, 110, 120}, {-11710, 3285, 25, 90, 108}, {-12225, 3775, 25, 90, 130},
		{-12200, 3735, 20, 70, 135}, {-12145, 3858, 30, 60, 78}, {-11975, 3675, 40, 60, 58}, {-11730, 3405, 40, 80, 72},
		{-11905, 3535, 30, 35, 62}, {-12130, 3795, 30, 40, 75}, {-12230, 4060, 80, 35, 55}, {-11925, 3425, 20, 30, 115}, {-12180, 3690, 30, 30, 105},
	}
	townShares   = []int64{300, 110, 90, 90, 70, 60, 60, 80, 35, 40, 35, 30, 30}
	incomes      = []int64{4_999, 19_040, 23_520, 27_390, 31_370, 35_350, 39_670, 44_700, 51_100, 61_590, 98_000}
	ages         = []int64{2, 12, 16, 19, 24, 29, 33, 36, 39, 45, 53}
	householdsOf = []int64{3, 190, 256, 308, 357, 409, 472, 560, 678, 904, 2_400}
	peoplePer    = []int64{160, 213, 234, 254, 269, 282, 297, 315, 342, 388, 560} // of 100 households
)

// districts is how many rows the real file has.
const districts = 20_640

// writeHousing writes the districts as the real file does: nine columns without a header.
func writeHousing(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	d := &dice{state: 1990}
	for range districts {
		b := newBlock(d)
		fmt.Fprintf(w, "%d.%02d0000,%d.%02d0000,%d.000000,%d.000000,%d.000000,%d.000000,%d.000000,%d.%04d00,%d.000000\n",
			b.longitude/100, -b.longitude%100, b.latitude/100, b.latitude%100, b.age, b.rooms, b.bedrooms, b.population, b.households,
			b.income/10_000, b.income%10_000, b.value)
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func newBlock(d *dice) block {
	town := towns[d.pick(townShares)]
	b := block{
		longitude: town[0] + d.between(-town[2], town[2]) + d.between(-town[2], town[2])/2,
		latitude:  town[1] + d.between(-town[2], town[2])/2 + d.between(-town[2], town[2])/2,
		age:       d.quantile(ages), households: d.quantile(householdsOf), income: d.quantile(incomes),
	}
	if d.chance(20) {
		b.income += d.between(0, 52_000) // the few that are rich
	}
	// Those who earn more have more rooms; a fifth of them are bedrooms.
	perHundred := 380 + b.income/250 + d.between(-60, 60)
	b.rooms = max(b.households*perHundred/100, 2)
	b.bedrooms = max(b.households*d.between(98, 112)/100, 1)
	people := d.quantile(peoplePer)
	b.population = max(b.households*people/100, 3)
	// The price follows income and place; crowding lowers it, and the oldest houses stand in the
	// middle of towns.
	price := 40_000 + b.income*38/10
	price = price * town[4] / 100
	price = price * (380 - people/2) / 230
	price = price * (96 + b.age*9/52) / 100
	price = price * d.between(78, 122) / 100
	b.value = min(max(price/100*100, 14_900), 500_001)
	return b
}
