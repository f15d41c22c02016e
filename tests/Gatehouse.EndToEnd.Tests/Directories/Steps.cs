using Gatehouse.Engine.Realms;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>Keeps the steps of a login.</summary>
internal sealed class Steps : IRealmSteps
{
    public List<(string Step, bool IsFine, string? Detail)> All { get; } = [];

    public void Add(string step, bool isFine, string? detail = null) => All.Add((step, isFine, detail));

    public override string ToString() => string.Join('\n', All.Select(static s => $"{(s.IsFine ? "+" : "-")} {s.Step}: {s.Detail}"));
}
