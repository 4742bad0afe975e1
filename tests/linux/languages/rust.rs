// rust: compiled by rustc, whose back end is LLVM; threads, a channel, checked arithmetic, a panic caught.
use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

fn main() {
    let (send, receive) = mpsc::channel();
    let workers: Vec<_> = (0..8u64)
        .map(|i| {
            let send = send.clone();
            thread::spawn(move || send.send((i, (0..1000u64).map(|x| x * i).sum::<u64>())).unwrap())
        })
        .collect();
    drop(send);
    let sums: BTreeMap<u64, u64> = receive.iter().collect();
    for w in workers {
        w.join().unwrap();
    }
    println!("{:?}", sums);
    println!("{:?} {:?}", 200u8.checked_add(100), 1.5f64.mul_add(2.0, 0.25));
    let caught = std::panic::catch_unwind(|| {
        let v: Vec<i32> = Vec::new();
        v[std::env::args().count()]
    });
    println!("caught {}", caught.is_err());
}
