using System.Globalization;
using Gatehouse.Fuzz;

if (args is ["--quick"])
{
    // What test.sh runs: every target, about 40 s in all, always the same.
    args = ["run", "all", "--seconds", "2.5", "--seed", "1"];
}

string corpus = Environment.GetEnvironmentVariable("GATEHOUSE_FUZZ_CORPUS") ?? "fuzz/corpus";
string crashes = Environment.GetEnvironmentVariable("GATEHOUSE_FUZZ_CRASHES") ?? "fuzz/crashes";
switch (args)
{
    case ["list"]:
        Console.WriteLine(string.Join('\n', FuzzTargets.All.Select(static t => t.Name)));
        return 0;
    case ["replay", string name, string file]:
        foreach (IFuzzTarget one in Chosen(name))
        {
            one.Run(File.ReadAllBytes(file));
        }

        Console.WriteLine("nothing broke");
        return 0;
    case ["run", string name, .. string[] options]:
        TimeSpan budget = TimeSpan.FromSeconds(Number(options, "--seconds", 10));
        ulong seed = (ulong)Number(options, "--seed", 1);
        IFuzzTarget[] targets = Chosen(name);
        bool fine = targets.Length > 0;
        foreach (IFuzzTarget one in targets)
        {
            fine &= new FuzzRun(one, corpus, crashes).Run(budget, seed, Console.Out);
        }

        return fine ? 0 : 1;
    default:
        Console.Error.WriteLine("Gatehouse.Fuzz list | --quick | run TARGET|all [--seconds N] [--seed S] | replay TARGET FILE");
        return 2;
}

static IFuzzTarget[] Chosen(string name) =>
    [.. FuzzTargets.All.Where(t => name == "all" || string.Equals(t.Name, name, StringComparison.Ordinal))];

static double Number(string[] options, string name, double otherwise)
{
    int at = Array.IndexOf(options, name);
    return at >= 0 && at + 1 < options.Length ? double.Parse(options[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
