"""What runs inside an instance, under the function's own interpreter and not localcloud's."""
