//! Names to show for ids, looked up once per answer.
