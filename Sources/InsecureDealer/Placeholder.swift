// InsecureDealer
