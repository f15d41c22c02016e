using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration.Reading;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Files;

/// <summary>Reads a role from YAML as strictly as gatehouse.yaml: a mistyped key must not make a wider role.</summary>
internal static class RoleFile
{
    /// <summary>Reads bytes as they lie on disk; null with at least one problem where they are no role.</summary>
    public static RoleView? Read(ReadOnlySpan<byte> utf8, string source, out ImmutableArray<Problem> problems)
    {
        var found = new List<Problem>();
        RoleView? role = null;
        if (YamlText.Decode(utf8, source, found) is { } text && YamlText.Check(text, source, found))
        {
            YamlNode? root = YamlTree.Parse(text, source, found);
            if (found.Count == 0)
            {
                var reading = new Reading.Reading(source);
                role = RoleSections.Role.Read(reading, root ?? new YamlScalar("", YamlScalarStyle.Plain, new YamlSpan(0, 0, 1, 1)), "", new RoleView());
                found.AddRange(reading.Problems);
            }
        }

        problems = [.. found];
        return found.Count == 0 ? role : null;
    }
}
