using Gatehouse.Engine.Realms;

namespace Gatehouse.Engine.Tests.Realms;

/// <summary>Keeps the steps of a login.</summary>
internal sealed class HeardSteps : IRealmSteps
{
    public List<string> Lines { get; } = [];

    public void Add(string step, bool isFine, string? detail = null) => Lines.Add($"{(isFine ? "+" : "-")} {step}: {detail}");
}
