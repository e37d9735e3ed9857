// CheatingParties
