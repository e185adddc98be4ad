// The paper's training in C++, written for speed: fixed sizes, parameters in local arrays for the whole run.
// paper STEPS SECONDS < 31 starting weights and 24 inputs; prints the median of the microseconds a step, and the weights.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

static const double SLOPE = 0.01;

static double train(double *parameters, const double *data, int samples, long steps, double rate) {
  double W1[3][4], b1[4], W2[4][3], b2[3], total = 0;
  memcpy(W1, parameters, sizeof W1);
  memcpy(b1, parameters + 12, sizeof b1);
  memcpy(W2, parameters + 16, sizeof W2);
  memcpy(b2, parameters + 28, sizeof b2);
  for (long s = 0; s < steps; s++) {
    const double *x = data + 3 * (s % samples);
    double z1[4], h[4], d2[3], d1[4], loss = 0;
    for (int j = 0; j < 4; j++) {
      z1[j] = b1[j];
      for (int i = 0; i < 3; i++) z1[j] += x[i] * W1[i][j];
      h[j] = z1[j] > 0 ? z1[j] : SLOPE * z1[j];
    }
    for (int k = 0; k < 3; k++) {
      double z = b2[k];
      for (int j = 0; j < 4; j++) z += h[j] * W2[j][k];
      double e = std::exp(-std::fabs(z));  // sigmoid and cross-entropy share it
      double y = (z >= 0 ? 1.0 : e) / (1.0 + e);
      loss += std::fmax(z, 0.0) - x[k] * z + std::log1p(e);
      d2[k] = (y - x[k]) / 3;
    }
    total += loss / 3;
    for (int j = 0; j < 4; j++) {
      double g = 0;
      for (int k = 0; k < 3; k++) g += d2[k] * W2[j][k];
      d1[j] = z1[j] > 0 ? g : SLOPE * g;
    }
    for (int j = 0; j < 4; j++)
      for (int k = 0; k < 3; k++) W2[j][k] -= rate * h[j] * d2[k];
    for (int k = 0; k < 3; k++) b2[k] -= rate * d2[k];
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 4; j++) W1[i][j] -= rate * x[i] * d1[j];
    for (int j = 0; j < 4; j++) b1[j] -= rate * d1[j];
  }
  memcpy(parameters, W1, sizeof W1);
  memcpy(parameters + 12, b1, sizeof b1);
  memcpy(parameters + 16, W2, sizeof W2);
  memcpy(parameters + 28, b2, sizeof b2);
  return total;
}

int main(int, char **argv) {
  long steps = atol(argv[1]);
  double seconds = atof(argv[2]), start[31], data[24], now[31], total = 0;
  for (double &p : start)
    if (scanf("%lf", &p) != 1) return 1;
  for (double &x : data)
    if (scanf("%lf", &x) != 1) return 1;
  std::vector<double> times;
  for (double spent = 0; spent < seconds;) {
    memcpy(now, start, sizeof now);
    auto begin = std::chrono::steady_clock::now();
    total = train(now, data, 8, steps, 0.01);
    double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    times.push_back(took / steps * 1e6);
    spent += took;
  }
  std::sort(times.begin(), times.end());
  printf("%.6f %.17g\n", times[times.size() / 2], total);
  for (double p : now) printf("%.17g\n", p);
}
