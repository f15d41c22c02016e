using Gatehouse.Problems;
using Gatehouse.Problems.Hints;
using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Catalogues exist, parse and take nobody's name; every gate's system is one of them or built in.</summary>
internal sealed class CatalogueValidator : IConfigurationValidator
{
    private const int MaxBytes = 4 * 1024 * 1024;

    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        foreach (CatalogueConfiguration catalogue in configuration.Catalogues)
        {
            Validate(catalogue, context);
        }

        string[] systems = [.. Words.BuiltInSystems, .. configuration.Catalogues.Select(static c => c.Name)];
        foreach (GateConfiguration gate in configuration.Gates.Where(static g => !string.IsNullOrEmpty(g.System)))
        {
            string place = $"gates.{gate.Name}.system";
            if (!systems.Contains(gate.System!))
            {
                string hint = Words.ReservedSystems.Contains(gate.System!)
                    ? ", which this version does not speak yet"
                    : NearestWord.Hint(gate.System!, systems);
                context.Report(
                    ConfigurationProblems.UnknownWord,
                    $"unknown system `{gate.System}`{hint}",
                    place,
                    "known: " + string.Join(", ", systems));
            }
            else if (gate.Protocol.Length > 0 && ProtocolOf(gate.System!) != gate.Protocol)
            {
                context.Report(ConfigurationProblems.Conflict, $"system `{gate.System}` does not go with protocol `{gate.Protocol}`", place);
            }
        }
    }

    private static string ProtocolOf(string system) => system is "tcp" or Words.Mqtt or Words.Ignite ? system : "http";

    private static void Validate(CatalogueConfiguration catalogue, ConfigurationContext context)
    {
        string place = $"catalogues.{catalogue.Name}";
        if (Words.ReservedSystems.Contains(catalogue.Name))
        {
            context.Report(ConfigurationProblems.Catalogue, $"`{catalogue.Name}` is a system of Gatehouse's own", place, "give the catalogue another name");
        }

        if (catalogue.File is null == (catalogue.Endpoints is null))
        {
            context.Report(ConfigurationProblems.Catalogue, $"catalogue `{catalogue.Name}` has either `file` or `endpoints`", place);
            return;
        }

        if (catalogue.Endpoints is { Length: > 0 } inline)
        {
            Parse(catalogue.Name, inline, $"{context.At(place + ".endpoints")}", context);
        }
        else if (catalogue.File is { Length: > 0 } file)
        {
            string? text = BoundedFile.TryReadText(context.Resolve(file), MaxBytes, out string why);
            if (text is null)
            {
                context.Report(ConfigurationProblems.Catalogue, $"file `{file}` of catalogue `{catalogue.Name}` {why}", place + ".file");
                return;
            }

            Parse(catalogue.Name, text, file, context);
        }
    }

    private static void Parse(string system, string text, string source, ConfigurationContext context)
    {
        var problems = new List<Problem>();
        if (Catalogue.Parse(system, text, source, problems) is null && problems.Count == 0)
        {
            problems.Add(ConfigurationProblems.Catalogue.Because($"catalogue `{system}` cannot be used", new ProblemLocation(source)));
        }

        context.Add(problems);
    }
}
