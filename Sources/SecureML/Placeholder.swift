// SecureML
