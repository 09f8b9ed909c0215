package ray_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"github.com/goray/goray/runtime/ray"
)

// Account is the state of an actor in the examples.
type Account struct {
	balance int
	met     chan struct{}
}

func NewAccount(balance int) *Account {
	return &Account{balance: balance, met: make(chan struct{})}
}

// Deposit adds to the balance and returns it.
func (a *Account) Deposit(amount int) int { a.balance += amount; return a.balance }

// Withdraw fails when the balance is too small, and leaves it alone then.
func (a *Account) Withdraw(amount int) (int, error) {
	if amount > a.balance {
		return 0, fmt.Errorf("balance %d: %w", a.balance, errOverdrawn)
	}
	a.balance -= amount
	return a.balance, nil
}

// Crash ends the actor's process, as a fault of the machine would.
func (a *Account) Crash() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// CrashOnce does so unless the file of this name is there.
func (a *Account) CrashOnce(file string) int {
	if _, err := os.Stat(file); err != nil {
		os.WriteFile(file, nil, 0o600)
		a.Crash()
	}
	return a.balance
}

// Meet returns when another call is in it at the same time.
func (a *Account) Meet() string {
	select {
	case a.met <- struct{}{}:
	case <-a.met:
	}
	return "met"
}

// Linger returns when the call is cancelled.
func (a *Account) Linger(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

var errOverdrawn = errors.New("overdrawn")

func ExampleCall() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	account := ray.NewActor[Account](NewAccount, 10)
	_, err := ray.Get(ray.Call[int](account, (*Account).Withdraw, 100))
	fmt.Println(errors.Is(err, errOverdrawn)) // the error of a method leaves the actor as it is
	fmt.Println(ray.Get(ray.Call[int](account, (*Account).Withdraw, 3)))

	_, err = ray.Get(ray.Call[int](account, (*Account).Withdraw, "three"))
	fmt.Println(errors.Is(err, ray.ErrInvalidCall)) // nothing was sent
	// Output:
	// true
	// 7 <nil>
	// true
}

// pay is a task that is given an actor.
func pay(account ray.ActorHandle[Account], amount int) (int, error) {
	return ray.Get(ray.Call[int](account, (*Account).Deposit, amount))
}

func ExampleActorHandle() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	account := ray.NewActor[Account](NewAccount, 0)
	task := ray.Remote[int](pay)
	var payments []ray.ObjectRef[int]
	for range 8 {
		payments = append(payments, task.Remote(account, 1))
	}
	balances := ray.Must(ray.GetAll(payments)) // the tasks came in any order
	fmt.Println(slices.Max(balances))
	// Output: 8
}

func ExampleGetActor() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2, Namespace: "bank"}))
	defer ray.Shutdown()

	shared := ray.Actor[Account](NewAccount).Options(ray.Name("shared"), ray.Lifetime(ray.Detached))
	shared.Remote(100)
	again, err := ray.GetActor[Account]("shared") // in another program on the same head, too
	fmt.Println(ray.Must(ray.Get(ray.Call[int](again, (*Account).Deposit, 5))), err)

	second := shared.Remote(0)
	_, err = ray.Get(ray.Call[int](second, (*Account).Deposit, 1))
	fmt.Println(errors.Is(err, ray.ErrActorExists))
	same := shared.Options(ray.GetIfExists()).Remote(0)
	fmt.Println(ray.Get(ray.Call[int](same, (*Account).Deposit, 5)))

	ray.Kill(again)
	_, err = ray.GetActor[Account]("shared")
	fmt.Println(errors.Is(err, ray.ErrActorNotFound))
	// Output:
	// 105 <nil>
	// true
	// 110 <nil>
	// true
}

func ExampleMaxRestarts() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	account := ray.Actor[Account](NewAccount).Options(ray.MaxRestarts(1)).Remote(10)
	ray.Must(ray.Get(ray.Call[int](account, (*Account).Deposit, 5)))
	_, err := ray.Get(ray.Call[any](account, (*Account).Crash))
	fmt.Println(errors.Is(err, ray.ErrActorUnavailable)) // it comes back, and what the call did is not known
	fmt.Println(ray.Get(ray.Call[int](account, (*Account).Deposit, 5)))

	ray.Get(ray.Call[any](account, (*Account).Crash))
	_, err = ray.Get(ray.Call[int](account, (*Account).Deposit, 5))
	fmt.Println(errors.Is(err, ray.ErrActorDied))
	// Output:
	// true
	// 15 <nil>
	// true
}

func ExampleMaxTaskRetries() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()
	dir, _ := os.MkdirTemp("", "crash")
	defer os.RemoveAll(dir)

	account := ray.Actor[Account](NewAccount).Options(ray.MaxRestarts(-1), ray.MaxTaskRetries(1)).Remote(10)
	fmt.Println(ray.Get(ray.Call[int](account, (*Account).CrashOnce, dir+"/once"))) // made again after the restart
	// Output: 10 <nil>
}

func ExampleMaxConcurrency() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 1}))
	defer ray.Shutdown()

	account := ray.Actor[Account](NewAccount).Options(ray.MaxConcurrency(2)).Remote(0)
	fmt.Println(ray.GetAll([]ray.ObjectRef[string]{
		ray.Call[string](account, (*Account).Meet), ray.Call[string](account, (*Account).Meet),
	}))
	// Output: [met met] <nil>
}

func ExampleMaxPendingCalls() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 1}))
	defer ray.Shutdown()

	account := ray.Actor[Account](NewAccount).Options(ray.MaxPendingCalls(1)).Remote(0)
	first := ray.Call[any](account, (*Account).Linger)
	_, err := ray.Get(ray.Call[int](account, (*Account).Deposit, 1))
	fmt.Println(errors.Is(err, ray.ErrPendingCallsLimit))
	ray.Cancel(first)
	// Output: true
}

func ExampleActorPool_Submit() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	pool := ray.NewActorPool[Squarer, int](ray.NewActor[Squarer](NewSquarer), ray.NewActor[Squarer](NewSquarer))
	for _, n := range []int{3, 13, 5} { // the third waits until an actor is idle
		pool.Submit((*Squarer).Square, n)
	}
	for pool.HasNext() { // an error of one call leaves the others alone
		n, err := pool.Next()
		fmt.Println(n, err != nil)
	}
	_, err := pool.Next()
	fmt.Println(errors.Is(err, ray.ErrPoolEmpty))

	idle, ok := pool.PopIdle() // for something else in between
	fmt.Println(ray.Must(ray.Get(ray.Call[int](idle, (*Squarer).Square, 4))), ok)
	pool.Push(idle)
	sum := 0
	for n := range pool.MapUnordered((*Squarer).Square, []int{1, 2, 3}) {
		sum += n
	}
	fmt.Println(sum, pool.HasFree())
	// Output:
	// 9 false
	// 0 true
	// 25 false
	// true
	// 16 true
	// 14 true
}
