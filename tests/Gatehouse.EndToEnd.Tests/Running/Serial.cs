using Xunit;

// Daemons, ports and times: one test at a time tells the truth on two cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
