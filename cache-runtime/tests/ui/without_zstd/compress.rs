use cache_runtime::cacheable;

#[cacheable(auto_versioning = false, compress)]
fn squeezed(count: usize) -> Vec<f64> {
    vec![1.0; count]
}

fn main() {
    squeezed(1);
}
