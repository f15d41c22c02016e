using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>Which pages of other origins a browser lets read answers. An empty or missing list of rs/cors means everybody.</summary>
internal static class CorsRules
{
    private static readonly string[] Harmless = ["GET", "HEAD", "OPTIONS"];
    private static readonly string[] Schemes = ["http://", "https://"];

    /// <summary>IC040, IC060: every origin.</summary>
    public static IEnumerable<Observation> AnyOrigin(ApiSection api)
    {
        Setting origins = api["cors_allowed_origins"];
        switch (api.IsOn ? IsWide(origins) : false)
        {
            case true:
                string how = origins.AsCommaTexts() is { IsEmpty: true } ? "no origin is listed, which means all of them" : "every origin is allowed";
                yield return api.Authentication == Authentication.None
                    ? Observation.At(Severity.High, $"{how}: any page in a browser reads the answers of the {api.Title}, which asks nobody for a password", api.Subject.Near(origins))
                    : Observation.At($"{how}: any page in a browser may read answers of the {api.Title}", api.Subject.Near(origins));
                break;
            case null:
                yield return Observation.Unknown($"which origins may read answers of the {api.Title} cannot be told", origins);
                break;
        }
    }

    /// <summary>IC041, IC061: with the browser's credentials.</summary>
    public static IEnumerable<Observation> Credentials(ApiSection api)
    {
        Setting allow = api["cors_allow_credentials"];
        Setting origins = api["cors_allowed_origins"];
        if (!api.IsOn || allow.IsOn() == false || (allow.IsOn() is null && !allow.IsUnknown))
        {
            yield break; // nothing there is `false`, too
        }

        bool? isPattern = origins.AsCommaTexts() is { } listed ? listed.Any(static origin => origin.Contains('*', StringComparison.Ordinal)) || listed.IsEmpty : null;
        if (isPattern != false)
        {
            yield return allow.IsUnknown || isPattern is null
                ? Observation.Unknown($"whether pages of other origins may use a browser's credentials for the {api.Title} cannot be told", allow, origins)
                : Observation.At($"pages of a whole set of origins may use a browser's credentials for the {api.Title}", allow, api.Subject.Near(origins));
        }
    }

    /// <summary>IC042, IC062: methods that change something.</summary>
    public static IEnumerable<Observation> Methods(ApiSection api)
    {
        return [.. MethodsAlone(api), .. Headers(api)];
    }

    // With `*` a page sends `Authorization` and whatever else the question beforehand should keep out.
    private static IEnumerable<Observation> Headers(ApiSection api)
    {
        Setting headers = api["cors_allowed_headers"];
        if (api.IsOn && headers.AsCommaTexts()?.Contains("*") == true)
        {
            yield return Observation.At($"`*` lets pages of other origins send any header to the {api.Title}", headers);
        }
    }

    private static IEnumerable<Observation> MethodsAlone(ApiSection api)
    {
        Setting methods = api["cors_allowed_methods"];
        if (!api.IsOn || methods.AsCommaTexts() is not { } listed)
        {
            return api.IsOn ? [Observation.Unknown($"which methods pages of other origins may use at the {api.Title} cannot be told", methods)] : [];
        }

        string? fault = listed.IsEmpty ? "no method is listed, which means GET, HEAD and POST"
            : listed.FirstOrDefault(static method => !Harmless.Contains(method, StringComparer.OrdinalIgnoreCase)) is { } first ? $"`{first}` is allowed to pages of other origins"
            : null;
        if (fault is null)
        {
            return [];
        }

        bool isWorse = IsWide(api["cors_allowed_origins"]) == true && api.Authentication == Authentication.None;
        string text = $"{fault}: they may change something at the {api.Title} and read the answer";
        return [isWorse ? Observation.At(Severity.High, text, api.Subject.Near(methods)) : Observation.At(text, api.Subject.Near(methods))];
    }

    private static bool? IsWide(Setting origins) =>
        origins.AsCommaTexts() is { } listed ? listed.IsEmpty || listed.Any(IsAny) : null;

    // `*`, and `https://*`, which stands for every site as well.
    private static bool IsAny(string origin) => origin.EndsWith('*') && Schemes.Any(scheme => scheme.StartsWith(origin[..^1], StringComparison.OrdinalIgnoreCase));
}
