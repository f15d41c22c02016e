using Gatehouse.Administration;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>A role in the making. Each grant is tried by the policy's own compiler: what that refuses is left out.</summary>
internal sealed class RoleDraft(ForeignFile file, ImportReport report, ImportRow row)
{
    /// <summary>The system of clusters.</summary>
    public const string Cluster = "elasticsearch";

    private readonly List<GrantView> _grants = [];

    /// <summary>The role's row.</summary>
    public ImportRow Row => row;

    /// <summary>For people.</summary>
    public string? Description { get; set; }

    /// <summary>Leaves a part out.</summary>
    public void Leave(YamlNode at, string why) => report.Leave(file, at, row, why);

    /// <summary>A part that can neither be kept nor be left out.</summary>
    public void Refuse(YamlNode at, string why) => report.Refuse(file, at, row, why);

    /// <summary>Adds a grant; false where the policy would not take it.</summary>
    public bool Add(YamlNode at, GrantView grant)
    {
        if (Fault(grant) is { } fault)
        {
            Leave(at, fault);
            return false;
        }

        row.Taken++;
        _grants.Add(grant);
        return true;
    }

    /// <summary>Whether an index pattern can be said here; reported where not.</summary>
    public bool Takes(YamlNode at, string pattern)
    {
        string? fault = Fault(new GrantView { System = Cluster, Actions = ["index:read"], Resources = [pattern] });
        if (fault is not null)
        {
            Leave(at, fault);
        }

        return fault is null;
    }

    /// <summary>Takes away what another role might give; where even that cannot be said the import is refused.</summary>
    public void Deny(YamlNode at, GrantView grant, string why)
    {
        if (Fault(grant) is { } fault)
        {
            Refuse(at, $"{why}, and cannot be denied instead: {fault}");
            return;
        }

        _grants.Add(grant);
        Leave(at, why + "; reading is denied instead, as another role of a user would give all of it");
    }

    /// <summary>The role, as far as it could be kept.</summary>
    public void Finish(bool isWhole)
    {
        if (!isWhole)
        {
            _grants.RemoveAll(static grant => grant.Effect == GrantEffect.Allow);
            row.Taken = 0;
        }

        report.Roles[row.Name] = new RoleView { Description = Description, Grants = _grants };
    }

    private static string? Fault(GrantView grant)
    {
        List<Problem> problems = [];
        _ = CompiledPolicy.Compile(0, [new RoleDocument { Name = "import", Grants = [grant.ToDocument()] }], problems);
        return problems.Count == 0 ? null : problems[0].Text;
    }
}
