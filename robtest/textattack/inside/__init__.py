"""What imports TextAttack when it is imported: only after `robtest.textattack.library.library`."""
