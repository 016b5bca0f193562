import { defineConfig } from 'vite';

/** `SANDBOX_URL=http://127.0.0.1:PORT vite page` works on the page against a running sandbox. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', reportCompressedSize: true },
  server: { proxy: { '/sandbox': process.env.SANDBOX_URL ?? 'http://127.0.0.1:8080' } },
});
