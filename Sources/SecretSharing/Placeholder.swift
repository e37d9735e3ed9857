// SecretSharing
